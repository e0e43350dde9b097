;; C16: ends without a result.
(func (export "run") (param i32 i32) (result i32) (unreachable))
