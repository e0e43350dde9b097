;; Made for another world: what it exports is no check.
(memory (export "memory") 1)
(func (export "hello") (result i32) (i32.const 8))
(data (i32.const 8) (i32 16 2) "hi")
