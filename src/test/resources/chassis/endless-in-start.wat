;; An endless loop before _start is called (wasmer#337, wasm-micro-runtime#4047).
(module (memory (export "memory") 1) (func $s (loop $l (br $l))) (start $s) (func (export "_start")))
