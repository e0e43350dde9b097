;; C16: exports what a check exports, with another type.
(func (export "run") (param i32 i32))
