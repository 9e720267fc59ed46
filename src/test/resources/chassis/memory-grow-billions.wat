;; Wants 3 billion pages at once (wabt#2396).
(module (memory (export "memory") 1) (func (export "_start") (drop (memory.grow (i32.const 3000000000)))))
