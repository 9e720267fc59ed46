(module (memory (export "memory") 1) (table 40000 funcref) (table 40000 funcref) (func (export "_start")))
