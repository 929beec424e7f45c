import { shimText } from "./shim.perl.ts";

/**
 * The zygote: one small perl per daemon that forks the shims. The daemon itself must not fork for
 * each start: that copies its page tables, which blocks it 1 ms at 44 MB and 7 ms at 180 MB.
 *
 * Requests come on stdin as "<bytes>\n" and as many bytes of NUL-separated fields; answers go to
 * stdout as lines. The end of stdin ends the zygote; its shims live on.
 */
export const zygoteText = String.raw`
use strict;
use POSIX ();
our ($facts_path, $boot, $namespace) = @ARGV[1 .. 3];
our $null;
our $create = POSIX::O_WRONLY() | POSIX::O_CREAT();

# System calls that perl has no name for, by number (the kernel's syscall tables).
our %number =
    $^O ne 'linux' || length(pack 'p', '') != 8 ? ()
  : (POSIX::uname())[4] eq 'x86_64' ? (prctl => 157, clock_gettime => 228, fallocate => 285, prlimit64 => 302)
  : (POSIX::uname())[4] eq 'aarch64' ? (prctl => 167, clock_gettime => 113, fallocate => 47, prlimit64 => 261)
  : ();
eval { require Time::HiRes } unless $number{clock_gettime};

# Zygote and shims block signals where others would ignore them: what is blocked ends nobody, and
# the agent needs one call, not sixty, to have every signal as a fresh process has it.
our $no_signal = POSIX::SigSet->new;
our $every_signal = POSIX::SigSet->new;
$every_signal->fillset;
our $all_but_child = POSIX::SigSet->new;
$all_but_child->fillset;
$all_but_child->delset(POSIX::SIGCHLD());
our $all_but_ours = POSIX::SigSet->new;
$all_but_ours->fillset;
$all_but_ours->delset($_) for POSIX::SIGCHLD(), POSIX::SIGUSR1(), POSIX::SIGTERM();

sub kernel {
  my $name = shift;
  return $number{$name} ? syscall $number{$name}, @_ : -1;
}

sub now_ms {
  my $time = "\0" x 16;
  if (kernel('clock_gettime', 0, $time) == 0) {
    my ($seconds, $nanos) = unpack 'q2', $time;
    return $seconds * 1000 + int $nanos / 1e6;
  }
  return int 1000 * (defined &Time::HiRes::time ? Time::HiRes::time() : time);
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
  if (open my $stat, '<', "/proc/$pid/stat") {
    sysread $stat, $text, 4096;
    return (split ' ', substr $text, rindex($text, ')') + 1)[19];
  }
  local $ENV{TZ} = 'UTC';
  open my $ps, '-|', 'ps', '-o', 'lstart=', '-p', $pid or return '-';
  $text = <$ps>;
  close $ps;
  return join('_', split ' ', $text // '') || '-';
}
${shimText}
my (%shims, %punches, $facts);

sub answer {
  my $line = join(' ', @_) . "\n";
  syswrite STDOUT, $line;
}

sub reap {
  while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
    my $status = $?;
    if (defined(my $key = delete $shims{$pid})) { answer('died', $key, $status & 127) if $status & 127 }
    elsif (defined(my $id = delete $punches{$pid})) { answer('punched', $id, $status == 0 ? 1 : 0) }
  }
}

sub punch {
  my ($id, $path, $length) = @_;
  my $pid = fork;
  return answer('punched', $id, 0) unless defined $pid;
  if ($pid) { $punches{$pid} = $id; return }
  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE (fallocate(2)).
  my $file;
  my $done = sysopen($file, $path, POSIX::O_WRONLY()) && kernel('fallocate', fileno $file, 3, 0, $length + 0) == 0;
  POSIX::_exit($done ? 0 : 1);
}

sub start {
  my ($mission, $attempt) = @_;
  my $pid = fork;
  return answer('unforked', $mission, $attempt, $!) unless defined $pid;
  if ($pid) { $shims{$pid} = "$mission $attempt"; return }
  close $facts;
  shim(@_);
}

# What the daemon inherited from whoever started it must not reach an agent.
if (opendir my $directory, '/proc/self/fd') {
  POSIX::close($_) for grep { /^\d+$/ && $_ > 2 && $_ != fileno $directory } readdir $directory;
  closedir $directory;
} else {
  POSIX::close($_) for 3 .. 255;
}
umask 077;
chdir '/';
name_process('overmind-zygote');
$SIG{CHLD} = sub { };
POSIX::sigprocmask(POSIX::SIG_SETMASK(), $all_but_child);
sysopen $null, '/dev/null', POSIX::O_RDWR() or die "/dev/null: $!";
unlink $facts_path if -e $facts_path && !-p _;
-p $facts_path or POSIX::mkfifo($facts_path, 0600) or die "$facts_path: $!";
sysopen $facts, $facts_path, POSIX::O_RDWR() or die "$facts_path: $!";
# Room for 10,000 facts while the daemon is busy (F_SETPIPE_SZ); it lasts as long as somebody holds the FIFO.
fcntl $facts, 1031, 1 << 20 if $^O eq 'linux';
answer('ready');

my $held = '';
for (;;) {
  reap();
  while ($held =~ /\A(\d+)\n/ && length($held) >= $+[0] + $1) {
    my ($from, $bytes) = ($+[0], $1);
    my ($verb, @fields) = split /\0/, substr($held, $from, $bytes), -1;
    substr $held, 0, $from + $bytes, '';
    if ($verb eq 'start') { start(@fields) }
    elsif ($verb eq 'punch') { punch(@fields) }
    reap();
  }
  my $ready = '';
  vec($ready, 0, 1) = 1;
  # SIGCHLD may come just before select blocks; then the second passes.
  next if select($ready, undef, undef, %shims || %punches ? 1 : undef) <= 0;
  my $read = sysread STDIN, $held, 65536, length $held;
  last if defined $read ? $read == 0 : $! != POSIX::EINTR();
}
POSIX::_exit(0);
`;

/**
 * Reads the program from stdin and runs it: a process listing then shows this line instead of the
 * program, and no file that an upgrade replaces is involved. The first argument is its length.
 */
export const loaderText =
  "my $t='';while(length($t)<$ARGV[0]){sysread(STDIN,$t,$ARGV[0]-length$t,length$t)||exit 1}eval $t;die $@ if $@";
