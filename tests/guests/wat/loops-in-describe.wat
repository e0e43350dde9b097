;; C01: before anything is known of the component.
(func (export "describe") (result i32)
  (loop (br 0))
  (unreachable))
