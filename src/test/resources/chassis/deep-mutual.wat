;; Two functions that call each other for ever.
(module (memory (export "memory") 1)
  (func $f (export "_start") (call $g (i32.const 1)) (drop (i32.const 1)))
  (func $g (param i32) (call $f)))
