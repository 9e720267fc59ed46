(module (import "env" "system" (func)) (memory (export "memory") 1) (func (export "_start")))
