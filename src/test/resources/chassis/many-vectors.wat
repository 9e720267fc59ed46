;; One call with 2 million vectors (GHSA-852m-cvvp-9p4w): exits with the error.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 300)
  (func (export "_start")
    (call $exit (call $write (i32.const 1) (i32.const 0) (i32.const 2000000) (i32.const 8)))))
