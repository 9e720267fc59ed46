;; Calls itself through a table for ever.
(module (memory (export "memory") 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "_start") (call_indirect (i32.const 0))))
