;; Calls itself for ever.
(module (memory (export "memory") 1) (func $f (export "_start") (call $f)))
