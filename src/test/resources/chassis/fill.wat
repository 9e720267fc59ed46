;; Fills a mebibyte again and again: an instruction that moves much costs much.
(module (memory (export "memory") 16)
  (func (export "_start") (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 1048576)) (br $l))))
