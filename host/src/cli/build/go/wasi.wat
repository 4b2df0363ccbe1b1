;; WASI for Go, without an operating system: the module gets time that does not depend on the clock, numbers that are
;; not random, and no files. What it prints becomes lines of the plugin's log.
(module
  (import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "env" "memory" (memory 0))

  ;; Nanoseconds: 2000-01-01, and a microsecond more each time that somebody looks.
  (global $now (mut i64) (i64.const 946684800000000000))
  (global $seed (mut i64) (i64.const 0x2545f4914f6cdd1d))
  ;; Bytes of the unfinished line, in memory from 4096 on. Go's linker leaves 4096 to 12288 free: it is where the
  ;; loader of browsers puts arguments. `metawasm build` checks that no data is there.
  (global $line (mut i32) (i32.const 0))

  (func $tick (result i64)
    (global.set $now (i64.add (global.get $now) (i64.const 1000)))
    (global.get $now))

  (func $flush (param $level i32)
    (if (global.get $line)
      (then (call $log (local.get $level) (i32.const 4096) (global.get $line))))
    (global.set $line (i32.const 0)))

  (func $put (param $level i32) (param $byte i32)
    (if (i32.eq (local.get $byte) (i32.const 10))
      (then (call $flush (local.get $level)) (return)))
    ;; What is beyond is cut: no line of the log is longer.
    (if (i32.lt_u (global.get $line) (i32.const 8192))
      (then
        (i32.store8 (i32.add (i32.const 4096) (global.get $line)) (local.get $byte))
        (global.set $line (i32.add (global.get $line) (i32.const 1))))))

  (func (export "fd_write") (param $fd i32) (param $parts i32) (param $count i32) (param $written i32) (result i32)
    (local $level i32) (local $at i32) (local $end i32) (local $sum i32)
    ;; EBADF: there is standard output, whose lines are `info`, and standard error, whose lines are `error`.
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 8))))
    (local.set $level (i32.sub (i32.shl (local.get $fd) (i32.const 1)) (i32.const 1)))
    (block $done
      (loop $part
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (i32.load (local.get $parts)))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $parts))))
        (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $parts))))
        (block $next
          (loop $byte
            (br_if $next (i32.eq (local.get $at) (local.get $end)))
            (call $put (local.get $level) (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $byte)))
        (local.set $parts (i32.add (local.get $parts) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $part)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))

  (func (export "proc_exit") (param i32)
    (call $flush (i32.const 3))
    unreachable)

  (func (export "clock_time_get") (param i32 i64) (param $out i32) (result i32)
    (i64.store (local.get $out) (call $tick))
    (i32.const 0))
  (func (export "clock_res_get") (param i32) (param $out i32) (result i32)
    (i64.store (local.get $out) (i64.const 1000))
    (i32.const 0))

  (func (export "random_get") (param $at i32) (param $size i32) (result i32)
    (local $x i64)
    (block $done
      (loop $byte
        (br_if $done (i32.eqz (local.get $size)))
        (local.set $x (global.get $seed))
        (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
        (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
        (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
        (global.set $seed (local.get $x))
        (i64.store8 (local.get $at) (local.get $x))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $size (i32.sub (local.get $size) (i32.const 1)))
        (br $byte)))
    (i32.const 0))

  ;; A sleep is over at once. Waiting for anything but time would last for ever.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $ready i32) (result i32)
    (block $none
      (loop $next
        (br_if $none (i32.eqz (local.get $count)))
        (if (i32.eqz (i32.load8_u offset=8 (local.get $in)))
          (then
            (if (i32.and (i32.load16_u offset=40 (local.get $in)) (i32.const 1))
              (then
                (if (i64.gt_u (i64.load offset=24 (local.get $in)) (global.get $now))
                  (then (global.set $now (i64.load offset=24 (local.get $in))))))
              (else (global.set $now (i64.add (global.get $now) (i64.load offset=24 (local.get $in))))))
            (i64.store (local.get $out) (i64.load (local.get $in)))
            (i64.store offset=8 (local.get $out) (i64.const 0))
            (i64.store offset=16 (local.get $out) (i64.const 0))
            (i64.store offset=24 (local.get $out) (i64.const 0))
            (i32.store (local.get $ready) (i32.const 1))
            (return (i32.const 0))))
        (local.set $in (i32.add (local.get $in) (i32.const 48)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    unreachable)

  (func $nothing (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $nothing))
  (export "environ_sizes_get" (func $nothing))
  (func $ok (param i32 i32) (result i32) (i32.const 0))
  (export "args_get" (func $ok))
  (export "environ_get" (func $ok))
  (func (export "sched_yield") (result i32) (i32.const 0))
  (func (export "proc_raise") (param i32) (result i32) unreachable)

  ;; Everything else: EBADF, for no file is open, not even a directory.
  (func $i (param i32) (result i32) (i32.const 8))
  (func $ii (param i32 i32) (result i32) (i32.const 8))
  (func $iii (param i32 i32 i32) (result i32) (i32.const 8))
  (func $iiii (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $iiiii (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $iiiiii (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $iiiiiii (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func $il (param i32 i64) (result i32) (i32.const 8))
  (func $ill (param i32 i64 i64) (result i32) (i32.const 8))
  (export "fd_close" (func $i))
  (export "fd_sync" (func $i))
  (export "fd_datasync" (func $i))
  (export "fd_fdstat_get" (func $ii))
  (export "fd_fdstat_set_flags" (func $ii))
  (export "fd_filestat_get" (func $ii))
  (export "fd_prestat_get" (func $ii))
  (export "fd_renumber" (func $ii))
  (export "fd_tell" (func $ii))
  (export "sock_shutdown" (func $ii))
  (export "fd_prestat_dir_name" (func $iii))
  (export "path_create_directory" (func $iii))
  (export "path_remove_directory" (func $iii))
  (export "path_unlink_file" (func $iii))
  (export "sock_accept" (func $iii))
  (export "fd_read" (func $iiii))
  (export "path_filestat_get" (func $iiiii))
  (export "path_symlink" (func $iiiii))
  (export "sock_send" (func $iiiii))
  (export "path_readlink" (func $iiiiii))
  (export "path_rename" (func $iiiiii))
  (export "sock_recv" (func $iiiiii))
  (export "path_link" (func $iiiiiii))
  (export "fd_filestat_set_size" (func $il))
  (export "fd_fdstat_set_rights" (func $ill))
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
)
