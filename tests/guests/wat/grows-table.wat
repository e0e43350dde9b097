;; C06: 100 million entries.
(table $table 1 funcref)
(func (export "run") (param i32 i32) (result i32)
  (drop (table.grow $table (ref.null func) (i32.const 100000000)))
  (unreachable))
