;; C06: 16 million entries, which `limits.memory` allows, and the process has no room to copy.
(table $table 1 funcref)
(func (export "run") (param i32 i32) (result i32)
  (drop (table.grow $table (ref.null func) (i32.const 8380000)))
  (drop (table.grow $table (ref.null func) (i32.const 8320000)))
  (loop $for_ever (br $for_ever))
  (i32.const 0))
