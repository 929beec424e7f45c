import { shimText } from "./shim.perl.ts";
import { shimTerminalText } from "./terminal.perl.ts";

/**
 * The zygote: one small perl per daemon that forks the shims. The daemon itself must not fork for
 * each start: that copies its page tables, which blocks it 1 ms at 44 MB and 7 ms at 180 MB.
 *
 * Requests come on stdin as "<bytes>\n" and as many bytes of NUL-separated fields; answers go to
 * stdout as lines. The end of stdin ends the zygote; its shims live on.
 */
export const zygoteText = String.raw`
use strict;
our ($facts_path, $boot, $namespace, $machine) = @ARGV[1 .. 4];
our $null;

# Bare system calls by their numbers (the kernel's tables): POSIX doubles what each fork has to
# copy, and perl's own handles cost a shim 40 page faults. Elsewhere POSIX stands in.
our %number =
    $^O ne 'linux' || length(pack 'p', '') != 8 ? ()
  : $machine eq 'x64' ? (
      read => 0, write => 1, close => 3, rt_sigprocmask => 14, ioctl => 16, pwrite64 => 18, execve => 59,
      setpgid => 109, setsid => 112,
      rt_sigsuspend => 130, prctl => 157, clock_gettime => 228, exit_group => 231, openat => 257,
      mknodat => 259, fallocate => 285, dup3 => 292, prlimit64 => 302)
  : $machine eq 'arm64' ? (
      dup3 => 24, ioctl => 29, mknodat => 33, fallocate => 47, openat => 56, close => 57, read => 63, write => 64,
      pwrite64 => 68, exit_group => 94, clock_gettime => 113, rt_sigsuspend => 133, rt_sigprocmask => 135,
      setpgid => 154, setsid => 157, prctl => 167, execve => 221, prlimit64 => 261)
  : ();

sub kernel {
  my $name = shift;
  return defined $number{$name} ? syscall $number{$name}, @_ : -1;
}

# Flags of open(2) and masks of signals; zygote and shims block signals where others would ignore
# them: what is blocked ends nobody, and the agent needs one call, not sixty, to have every signal
# as a fresh process has it.
our ($read, $write, $read_write, $create, $exclusive, $append, $write_at_once);
our ($no_signal, $every_signal, $all_but_child, $all_but_ours);
our $again = 11;
if (%number) {
  my $close_on_exec = 0x80000;
  ($read, $write, $read_write, $create) = map { $_ | $close_on_exec } 0, 1, 2, 1 | 0x40;
  ($exclusive, $append) = (0x80, 0x400);
  $write_at_once = 1 | 0x800 | $close_on_exec;
  my ($child, $usr1, $term) = map { 1 << $_ - 1 } 17, 10, 15;
  ($no_signal, $every_signal, $all_but_child, $all_but_ours) =
    map { pack 'Q', $_ } 0, ~0, ~$child, ~($child | $usr1 | $term);
  *open_file = sub { my ($path, $flags) = @_; my $file = kernel('openat', -100, $path, $flags, 0600); $file < 0 ? undef : $file };
  *read_file = sub {
    $_[1] = "\0" x $_[2];
    my $length = kernel('read', $_[0], $_[1], $_[2]);
    substr($_[1], $length < 0 ? 0 : $length) = '';
    return $length;
  };
  *write_file = sub { my ($file, $bytes) = @_; kernel('write', $file, $bytes, length $bytes) };
  *write_over = sub { my ($file, $bytes) = @_; kernel('pwrite64', $file, $bytes, length $bytes, 0) };
  *close_file = sub { kernel('close', $_[0]) };
  *copy_onto = sub { kernel('dup3', $_[0], $_[1], 0) };
  *make_fifo = sub { my ($path) = @_; kernel('mknodat', -100, $path, 010600, 0) == 0 };
  *new_session = sub { kernel('setsid') };
  *leave = sub { kernel('exit_group', $_[0]) };
  *block = sub { my ($set) = @_; kernel('rt_sigprocmask', 2, $set, 0, 8) };
  *suspend = sub { my ($set) = @_; kernel('rt_sigsuspend', $set, 8) };
} else {
  require POSIX;
  $again = POSIX::EAGAIN();
  # O_CLOEXEC has no name in perl; its value is that of <fcntl.h>.
  my $close_on_exec = $^O eq 'darwin' ? 0x1000000 : 0x80000;
  ($read, $write, $read_write, $create) =
    map { $_ | $close_on_exec } POSIX::O_RDONLY(), POSIX::O_WRONLY(), POSIX::O_RDWR(), POSIX::O_WRONLY() | POSIX::O_CREAT();
  ($exclusive, $append) = (POSIX::O_EXCL(), POSIX::O_APPEND());
  $write_at_once = POSIX::O_WRONLY() | POSIX::O_NONBLOCK() | $close_on_exec;
  $_ = POSIX::SigSet->new for $no_signal, $every_signal, $all_but_child, $all_but_ours;
  $_->fillset for $every_signal, $all_but_child, $all_but_ours;
  $all_but_child->delset(POSIX::SIGCHLD());
  $all_but_ours->delset($_) for POSIX::SIGCHLD(), POSIX::SIGUSR1(), POSIX::SIGTERM();
  *open_file = sub { POSIX::open($_[0], $_[1], 0600) };
  *read_file = sub { POSIX::read($_[0], $_[1], $_[2]) // -1 };
  *write_file = sub { POSIX::write($_[0], $_[1], length $_[1]) // -1 };
  *write_over = sub { POSIX::lseek($_[0], 0, 0); write_file(@_) };
  *close_file = sub { POSIX::close($_[0]) };
  *copy_onto = sub { POSIX::dup2($_[0], $_[1]) };
  *make_fifo = sub { POSIX::mkfifo($_[0], 0600) };
  *new_session = sub { POSIX::setsid() };
  *leave = sub { POSIX::_exit($_[0]) };
  *block = sub { POSIX::sigprocmask(POSIX::SIG_SETMASK(), $_[0]) };
  *suspend = sub { POSIX::sigsuspend($_[0]) };
  eval { require Time::HiRes };
}

sub now_ms {
  my $time = "\0" x 16;
  if (kernel('clock_gettime', 0, $time) == 0) {
    my ($seconds, $nanos) = unpack 'q2', $time;
    return $seconds * 1000 + int $nanos / 1e6;
  }
  return int 1000 * (defined &Time::HiRes::time ? Time::HiRes::time() : time);
}

# By the clock that nobody can set and that goes on in sleep (CLOCK_BOOTTIME); "-" where there is none.
sub since_boot {
  my $time = "\0" x 16;
  return '-' if kernel('clock_gettime', 7, $time) != 0;
  my ($seconds, $nanos) = unpack 'q2', $time;
  return $seconds * 1000 + int $nanos / 1e6;
}

sub name_process {
  my ($name) = @_;
  $name .= "\0";
  kernel('prctl', 15, $name, 0, 0, 0);
}

# The start of a process as the system tells it; an opaque word, compared for equality only.
sub start_of {
  my ($pid) = @_;
  my $text = '';
  if (my $stat = open_file("/proc/$pid/stat", $read)) {
    read_file($stat, $text, 4096);
    close_file($stat);
    return (split ' ', substr $text, rindex($text, ')') + 1)[19];
  }
  local $ENV{TZ} = 'UTC';
  open my $ps, '-|', 'ps', '-o', 'lstart=', '-p', $pid or return '-';
  $text = <$ps>;
  close $ps;
  return join('_', split ' ', $text // '') || '-';
}
our ($wants_close, $wants_leave, $wants_hangup) = (0, 0, 0);
${shimText}${shimTerminalText}
my (%shims, %punches, $facts);
# A shim in waiting, the pipe to it, and whether one is missing since the last start.
my ($spare, $order, $wants_spare);

sub answer {
  my $line = join(' ', @_) . "\n";
  syswrite STDOUT, $line;
}

sub reap {
  while ((my $pid = waitpid -1, 1) > 0) {
    my $status = $?;
    if (defined(my $key = delete $shims{$pid})) { answer('died', $key) if $status }
    elsif (defined(my $id = delete $punches{$pid})) { answer('punched', $id, $status == 0 ? 1 : 0) }
    elsif ($spare && $pid == $spare) { drop_spare() }
  }
}

sub punch {
  my ($id, $path, $length) = @_;
  my $pid = fork;
  return answer('punched', $id, 0) unless defined $pid;
  if ($pid) { $punches{$pid} = $id; return }
  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE (fallocate(2)).
  my $file;
  my $done = ($file = open_file($path, $read_write)) && kernel('fallocate', $file, 3, 0, $length + 0) == 0;
  leave($done ? 0 : 1);
}

sub start {
  my ($body) = @_;
  my (undef, @fields) = split /\0/, $body, -1;
  my $key = "$fields[0] $fields[1]";
  my $is_given = $fields[8] eq 'null' && $fields[9] eq '' && give_to_spare($key, $body);
  $wants_spare = !$spare;
  return if $is_given;
  my $pid = fork;
  return answer('unforked', $key, $!) unless defined $pid;
  if ($pid) { $shims{$pid} = $key; return }
  close $facts;
  close $order if $spare;
  shim(undef, @fields);
}

# Two forks are most of what a start takes, so one shim has them behind it. What fits in one write
# that cannot block (PIPE_BUF) it gets; false when there is none, or it is gone.
sub give_to_spare {
  my ($key, $body) = @_;
  return 0 if !$spare || length $body > 4096;
  my $pid = $spare;
  my $written = syswrite $order, $body;
  drop_spare();
  return 0 unless $written;
  $shims{$pid} = $key;
  return 1;
}

sub drop_spare {
  close $order;
  ($spare, $order) = ();
}

sub make_spare {
  $wants_spare = 0;
  pipe my $end, $order or return;
  $spare = fork;
  if (defined $spare && $spare == 0) {
    close $facts;
    close $order;
    shim($end);
  }
  close $end;
  drop_spare() unless $spare;
}

# What the daemon inherited from whoever started it must not reach an agent.
if (opendir my $directory, '/proc/self/fd') {
  close_file($_ + 0) for grep { /^\d+$/ && $_ > 2 && $_ != fileno $directory } readdir $directory;
  closedir $directory;
} else {
  close_file($_) for 3 .. 255;
}
umask 077;
chdir '/';
name_process('overmind-zygote');
# Shims inherit these; the zygote itself never lets USR1 and TERM through.
$SIG{CHLD} = sub { };
$SIG{USR1} = sub { $wants_close = 1 };
$SIG{TERM} = sub { $wants_leave = 1 };
block($all_but_child);
$null = open_file('/dev/null', $read_write) or die "/dev/null: $!";
unlink $facts_path if -e $facts_path && !-p _;
-p $facts_path or make_fifo($facts_path) or die "$facts_path: $!";
open $facts, '+<', $facts_path or die "$facts_path: $!";
# Room for 10,000 facts while the daemon is busy (F_SETPIPE_SZ); it lasts as long as somebody holds the FIFO.
fcntl $facts, 1031, 1 << 20 if $^O eq 'linux';
answer('ready');
make_spare();

my $held = '';
for (;;) {
  reap();
  while ((my $from = 1 + index $held, "\n") > 0) {
    my $bytes = substr $held, 0, $from - 1;
    last if length($held) < $from + $bytes;
    my $body = substr $held, $from, $bytes;
    substr $held, 0, $from + $bytes, '';
    my ($verb) = split /\0/, $body, 2;
    if ($verb eq 'start') { start($body) }
    elsif ($verb eq 'punch') { punch((split /\0/, $body, -1)[1 .. 3]) }
    reap();
  }
  my $ready = '';
  vec($ready, 0, 1) = 1;
  # SIGCHLD may come just before select blocks; then the second passes. A new spare is made when
  # nothing else is to be done: what was just started needs the processor more.
  my $found = select $ready, undef, undef, $wants_spare ? 0.003 : %shims || %punches ? 1 : undef;
  make_spare() if $found == 0 && $wants_spare;
  next if $found <= 0;
  my $read = sysread STDIN, $held, 65536, length $held;
  last if defined $read ? $read == 0 : $! != 4;
}
leave(0);
`;

/**
 * Reads the program from stdin and runs it: a process listing then shows this line instead of the
 * program, and no file that an upgrade replaces is involved. The first argument is its length.
 */
export const loaderText =
  "my $t='';while(length($t)<$ARGV[0]){sysread(STDIN,$t,$ARGV[0]-length$t,length$t)||exit 1}eval $t;die $@ if $@";
