;; C22: memory, and a table, that nobody has written hold nothing: neither what was there from the start nor what grew. Then
;; they are filled, which the same look must see; otherwise it traps by the other way. Data lies below 64 KiB.
(memory (export "memory") 16)
(table $table 1000 funcref)
(elem declare func $run)
(func $held (result i64) (local $at i32) (local $seen i64)
  (local.set $at (i32.const 0x10000))
  (loop
    (local.set $seen (i64.or (local.get $seen) (i64.load (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if 0 (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 0x10000)))))
  (local.get $seen))
(func $run (export "run") (param i32 i32) (result i32) (local $at i32)
  ;; 64 MiB in all.
  (if (i32.ne (memory.grow (i32.const 1008)) (i32.const 16)) (then (unreachable)))
  (drop (table.grow $table (ref.null func) (i32.const 1000)))
  (if (i64.ne (call $held) (i64.const 0)) (then (unreachable)))
  (loop
    (if (i32.eqz (ref.is_null (table.get $table (local.get $at)))) (then (unreachable)))
    (table.set $table (local.get $at) (ref.func $run))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if 0 (i32.lt_u (local.get $at) (table.size $table))))
  (memory.fill (i32.const 0x10000) (i32.const 0xa5) (i32.const 0x3ff0000))
  (drop (i32.div_u (i32.const 1) (i64.ne (call $held) (i64.const 0))))
  (i32.const 2048))
