;; Is born with more memory than it may have.
(module (memory (export "memory") 60000) (func (export "_start")))
