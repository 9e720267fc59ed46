;; Doubles a table for ever.
(module (memory (export "memory") 1) (table 1 funcref)
  (func (export "_start") (loop $l (drop (table.grow (ref.null func) (table.size))) (br $l))))
