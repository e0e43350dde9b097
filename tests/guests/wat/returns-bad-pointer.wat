;; C09: an outcome that is not where memory is.
(func (export "run") (param i32 i32) (result i32) (i32.const 0x7ffffff0))
