/**
 * What a shim is: the process that owns one attempt. It claims the attempt, starts the agent in a
 * session of its own, records how it ended, and stays until nothing of it is left. Facts go to
 * files; the daemon, if there is one, is only woken.
 *
 * Perl, because it costs 0.1 MB per shim where Node costs 44, keeps an environment byte for byte
 * where a plain sh drops names that are no identifiers, and tells exit 143 from signal 15.
 *
 * claim: "boot <id> <pid namespace>", "shim <pid> <start> <subreaper|->", "agent <pid> <start>".
 * exit: "<code> <signal number|-> <epoch ms> <clean|left|spawn_error ...>"; written at once as
 * "pending" in its full size, so that a full disk cannot swallow it later, and whole only when it
 * ends in a newline.
 */
export const shimText = String.raw`
sub shim {
  my ($mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, $stdin, @words) = @_;
  POSIX::setsid();
  POSIX::sigprocmask(POSIX::SIG_SETMASK(), $every_signal);
  POSIX::dup2($null, $_) for 0 .. 2;
  name_process('overmind-shim');
  my $reaper = kernel('prctl', 36, 1, 0, 0, 0) == 0;
  my $exit = POSIX::open("$directory/exit", $create, 0600);
  my ($input, $held) = open_stdin($stdin, "$directory/stdin");
  pipe my $told, my $teller;

  # What can be done by either is done by the child that becomes the agent: its memory goes at exec.
  my $shim = $$;
  my $agent = fork;
  defined $agent or refuse($exit, $mission, $attempt, 126, "fork: $!");
  unless ($agent) {
    my $claimed = take_claim($directory, $shim, $reaper, $exit, $mission, $attempt);
    syswrite $teller, $claimed;
    become_agent($teller, $exit, $input, $mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, @words);
  }
  close $teller;
  POSIX::close($input) if $input;
  my $claimed = '';
  1 while sysread $told, $claimed, 4096, length $claimed;
  close $told;
  # The end of the pipe is exec, if the claim was told and no other word followed it.
  my ($start, $agent_start, $failed) = split ' ', $claimed;
  if (!defined $agent_start || defined $failed) {
    waitpid $agent, 0;
    # Ended by a signal it could tell nobody why; the zygote tells that this shim failed.
    POSIX::_exit($? & 127 ? 1 : 0);
  }
  report('started', $mission, $attempt, $shim, $start, $agent, $agent_start);
  attend($agent, $exit, $held, "$directory/stdin", $reaper, $mission, $attempt);
}

# Makes the claim, or ends this process when somebody holds it. Answers the starts of shim and agent.
sub take_claim {
  my ($directory, $shim, $reaper, $exit, @key) = @_;
  my $claim = POSIX::open("$directory/claim", $create | $exclusive, 0600);
  unless ($claim) {
    POSIX::_exit(75) if $! == POSIX::EEXIST();
    refuse(undef, @key, 126, "claim: $!");
  }
  my ($start, $agent_start) = (start_of($shim), start_of($$));
  my $kind = $reaper ? 'subreaper' : '-';
  put($claim, "boot $boot $namespace\nshim $shim $start $kind\nagent $$ $agent_start\n") or refuse(undef, @key, 126, "claim: $!");
  $exit && put($exit, sprintf '%-128s', 'pending') or refuse(undef, @key, 126, "exit record: $!");
  return "$start $agent_start";
}

# The attempt ends before it began.
sub refuse {
  my ($exit, $mission, $attempt, $code, $text) = @_;
  my $now = now_ms();
  record($exit, $code, '-', $now, 'spawn_error', $text) if $exit;
  report('spawn_error', $mission, $attempt, $now, $code, $text);
  POSIX::_exit(127);
}

# The agent's stdin is /dev/null or a FIFO. The shim holds the FIFO's write end, so that the
# daemon may die without the agent seeing the end of its input. It is opened before the claim:
# whoever loses the claim did no harm by it.
sub open_stdin {
  my ($mode, $path) = @_;
  return POSIX::open('/dev/null', $read) if $mode ne 'open';
  POSIX::mkfifo($path, 0600) or -p $path or return;
  my $held = POSIX::open($path, $read_write) or return;
  return (POSIX::open($path, $read), $held);
}

# Waits for the end. Signals are blocked but while it waits, so none falls between look and wait.
sub attend {
  my ($agent, $exit, $held, $fifo, $reaper, @key) = @_;
  my ($ended, $code, $signal, $when);
  for (;;) {
    my $pid;
    my $just_ended = 0;
    while (($pid = waitpid -1, POSIX::WNOHANG()) > 0) {
      next unless $pid == $agent;
      ($just_ended, $when, $signal) = (1, now_ms(), $? & 127);
      $code = $signal ? 128 + $signal : $? >> 8;
    }
    if ($just_ended) {
      ($ended, $wants_leave) = (1, 0);
      # Orphans come to a subreaper before their parent's end is told (exit_notify in Linux), so
      # having no child means that nothing is left.
      my $rest = $reaper && $pid < 0 ? 'clean' : 'left';
      POSIX::close($held) if $held;
      undef $held;
      record($exit, $code, $signal || '-', $when, $rest);
      report('exited', @key, $code, $signal || '-', $when, $rest);
      POSIX::_exit(0) if $rest eq 'clean';
    }
    if ($ended && ($pid < 0 || $wants_leave)) {
      report('empty', @key) if $reaper && $pid < 0;
      POSIX::_exit(0);
    }
    $wants_leave = 0;
    if ($wants_close && $held) {
      unlink $fifo;
      POSIX::close($held);
      undef $held;
    }
    POSIX::sigsuspend($all_but_ours);
  }
}

sub become_agent {
  my ($teller, $exit, $input, $mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, @words) = @_;
  my $fail = sub {
    my ($code, $text) = ($_[0], "$_[1]: $!");
    POSIX::write(2, "overmind: $text\n", length "overmind: $text\n");
    syswrite $teller, ' failed';
    refuse($exit, $mission, $attempt, $code, $text);
  };
  my $output = POSIX::open("$directory/output", $create | $append, 0600) or $fail->(126, 'output');
  POSIX::setsid();
  POSIX::dup2($output, $_) for 1, 2;
  $input or $fail->(126, 'stdin');
  POSIX::dup2($input, 0);
  # exec does the same, but what came in while signals were blocked is due before it.
  $SIG{$_} = 'DEFAULT' for 'CHLD', 'USR1', 'TERM';
  my $file = POSIX::open($environment, $read) or $fail->(126, 'environment');
  my ($bytes, $more) = ('');
  $bytes .= $more while POSIX::read($file, $more, 65536) > 0;
  umask $umask if $umask ne '';
  setpriority 0, 0, $nice if $nice ne '';
  limit_descriptors($nofile) if $nofile ne '';
  # Only the end of a text is cut off, so that a long path does not hide the reason.
  chdir $cwd or $fail->(126, 'chdir ' . substr $cwd, 0, 3000);
  %ENV = ();
  for (split /\0/, $bytes) {
    my $equals = index $_, '=';
    $ENV{substr $_, 0, $equals} = substr $_, $equals + 1 if $equals > 0;
  }
  delete $ENV{OVERMIND_DAEMON};
  @ENV{'OVERMIND_ATTEMPT', 'PWD'} = ($attempt, $cwd);
  POSIX::sigprocmask(POSIX::SIG_SETMASK(), $no_signal);
  { no warnings; exec { $words[0] } @words }
  $fail->($! == POSIX::ENOENT() ? 127 : 126, 'exec ' . substr $words[0], 0, 3000);
}

# Sets the soft limit only, and never above the hard one (prlimit(2), RLIMIT_NOFILE is 7).
sub limit_descriptors {
  my ($soft) = @_;
  my $limits = "\0" x 16;
  $soft += 0;
  return if kernel('prlimit64', 0, 7, 0, $limits) < 0;
  my (undef, $hard) = unpack 'Q2', $limits;
  my $wanted = pack 'Q2', $soft < $hard ? $soft : $hard, $hard;
  kernel('prlimit64', 0, 7, $wanted, 0);
}

sub record {
  my ($exit, @words) = @_;
  my $line = join ' ', @words;
  $line =~ tr/\n/ /;
  POSIX::lseek($exit, 0, 0);
  put($exit, sprintf "%-127.127s\n", $line);
}

# Tells the daemon, if one listens; ENXIO says that none does. A full pipe is waited out for 2 s.
sub report {
  my $line = join ' ', @_;
  $line =~ tr/\n/ /;
  $line = substr($line, 0, 4000) . "\n";
  my $facts = POSIX::open($facts_path, $write_at_once) or return;
  for (1 .. 100) {
    last if POSIX::write($facts, $line, length $line) || $! != POSIX::EAGAIN();
    select undef, undef, undef, 0.02;
  }
  POSIX::close($facts);
}

sub put {
  my ($file, $bytes) = @_;
  return (POSIX::write($file, $bytes, length $bytes) // -1) == length $bytes;
}
`;
