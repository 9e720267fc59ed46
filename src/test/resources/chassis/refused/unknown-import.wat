(module (import "wasi_snapshot_preview1" "fd_open_everything" (func)) (memory (export "memory") 1) (func (export "_start")))
