(module (memory (export "memory") 1) (tag) (func (export "_start")))
