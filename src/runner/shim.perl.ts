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
  my ($mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, $stdin, $tty, @words) = @_;
  new_session();
  block($every_signal);
  copy_onto($null, $_) for 0 .. 2;
  name_process('overmind-shim');
  my $reaper = kernel('prctl', 36, 1, 0, 0, 0) == 0;
  my $exit = open_file("$directory/exit", $create);
  my ($path, $type, $mark) = split ' ', $tty;
  my $terminal = $path && take_terminal($path);
  my ($input, $held) = $path ? () : open_stdin($stdin, "$directory/stdin");
  pipe my $told, my $teller;

  # What can be done by either is done by the child that becomes the agent: its memory goes at exec.
  my $shim = $$;
  my $agent = fork;
  # Its last word comes before this process is gone, however that comes about.
  my $leave = sub { leave_terminal($terminal, $path, "\e]7771;$mark\a") if $terminal; leave(@_) };
  defined $agent or refuse($exit, $mission, $attempt, 126, "fork: $!");
  unless ($agent) {
    my $claimed = take_claim($directory, $shim, $reaper, $exit, $mission, $attempt);
    syswrite $teller, $claimed;
    my $place = $path ? [$terminal, $type] : undef;
    become_agent($teller, $exit, $input, $place, $mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, @words);
  }
  close $teller;
  close_file($input) if $input;
  my $claimed = '';
  1 while sysread $told, $claimed, 4096, length $claimed;
  close $told;
  # The end of the pipe is exec, if the claim was told and no other word followed it.
  my ($start, $agent_start, $failed) = split ' ', $claimed;
  if (!defined $agent_start || defined $failed) {
    waitpid $agent, 0;
    # Ended by a signal it could tell nobody why; the zygote tells that this shim failed.
    $leave->($? & 127 ? 1 : 0);
  }
  report('started', $mission, $attempt, $shim, $start, $agent, $agent_start);
  attend($agent, $exit, $held, "$directory/stdin", $reaper, $leave, $mission, $attempt);
}

# Makes the claim, or ends this process when somebody holds it. Answers the starts of shim and agent.
sub take_claim {
  my ($directory, $shim, $reaper, $exit, @key) = @_;
  my $claim = open_file("$directory/claim", $create | $exclusive);
  unless ($claim) {
    leave(75) if $! == 17;
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
  leave(127);
}

# The agent's stdin is /dev/null or a FIFO. The shim holds the FIFO's write end, so that the
# daemon may die without the agent seeing the end of its input. It is opened before the claim:
# whoever loses the claim did no harm by it.
sub open_stdin {
  my ($mode, $path) = @_;
  return open_file('/dev/null', $read) if $mode ne 'open';
  make_fifo($path) or -p $path or return;
  my $held = open_file($path, $read_write) or return;
  return (open_file($path, $read), $held);
}

# Waits for the end. Signals are blocked but while it waits, so none falls between look and wait.
sub attend {
  my ($agent, $exit, $held, $fifo, $reaper, $leave, @key) = @_;
  my ($ended, $code, $signal, $when);
  for (;;) {
    my $pid;
    my $just_ended = 0;
    while (($pid = waitpid -1, 1) > 0) {
      next unless $pid == $agent;
      ($just_ended, $when, $signal) = (1, now_ms(), $? & 127);
      $code = $signal ? 128 + $signal : $? >> 8;
    }
    if ($just_ended) {
      ($ended, $wants_leave) = (1, 0);
      # Orphans come to a subreaper before their parent's end is told (exit_notify in Linux), so
      # having no child means that nothing is left.
      my $rest = $reaper && $pid < 0 ? 'clean' : 'left';
      close_file($held) if $held;
      undef $held;
      record($exit, $code, $signal || '-', $when, $rest);
      report('exited', @key, $code, $signal || '-', $when, $rest);
      $leave->(0) if $rest eq 'clean';
    }
    if ($ended && ($pid < 0 || $wants_leave)) {
      report('empty', @key) if $reaper && $pid < 0;
      $leave->(0);
    }
    $wants_leave = 0;
    kill 'HUP', -$agent and kill 'CONT', -$agent if $wants_hangup && !$ended;
    $wants_hangup = 0;
    if ($wants_close && $held) {
      unlink $fifo;
      close_file($held);
      undef $held;
    }
    suspend($all_but_ours);
  }
}

sub become_agent {
  my ($teller, $exit, $input, $place, $mission, $attempt, $directory, $environment, $cwd, $umask, $nofile, $nice, @words) = @_;
  my $fail = sub {
    my ($code, $text) = ($_[0], "$_[1]: $!");
    write_file(2, "overmind: $text\n");
    syswrite $teller, ' failed';
    refuse($exit, $mission, $attempt, $code, $text);
  };
  my %replaced = (OVERMIND_ATTEMPT => $attempt, PWD => $cwd);
  my %removed = (OVERMIND_DAEMON => 1);
  if ($place) {
    my ($terminal, $type) = @$place;
    $terminal or $fail->(126, 'terminal');
    enter_terminal($terminal);
    $replaced{TERM} = $type;
    # Programs believe these rather than the terminal, and they are those of the caller's.
    @removed{qw(LINES COLUMNS)} = (1, 1);
  } else {
    my $output = open_file("$directory/output", $create | $append) or $fail->(126, 'output');
    new_session();
    copy_onto($output, $_) for 1, 2;
    $input or $fail->(126, 'stdin');
    copy_onto($input, 0);
  }
  # What came in while signals were blocked is due before exec; FPE is ignored by perl itself.
  $SIG{$_} = 'DEFAULT' for 'HUP', 'CHLD', 'USR1', 'TERM', 'FPE';
  my $file = open_file($environment, $read) or $fail->(126, 'environment');
  my ($bytes, $more) = ('');
  $bytes .= $more while read_file($file, $more, 8192) > 0;
  umask $umask if $umask ne '';
  setpriority 0, 0, $nice if $nice ne '';
  limit_descriptors($nofile) if $nofile ne '';
  # Only the end of a text is cut off, so that a long path does not hide the reason.
  chdir $cwd or $fail->(126, 'chdir ' . substr $cwd, 0, 3000);
  my @entries = grep { /^([^=]+)=/ && !$removed{$1} && !exists $replaced{$1} } split /\0/, $bytes;
  push @entries, map { "$_=$replaced{$_}" } keys %replaced;
  block($no_signal);
  # At once where the program's place is known; perl's own way looks for it, and knows scripts without #!.
  kernel('execve', $words[0], map { pack('p*', @$_) . "\0" x 8 } \@words, \@entries) if index($words[0], '/') >= 0;
  %ENV = map { split /=/, $_, 2 } @entries;
  { no warnings; exec { $words[0] } @words }
  $fail->($! == 2 ? 127 : 126, 'exec ' . substr $words[0], 0, 3000);
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
  write_over($exit, sprintf "%-127.127s\n", $line);
}

# Tells the daemon, if one listens; ENXIO says that none does. A full pipe is waited out for 2 s.
sub report {
  my $line = join ' ', @_;
  $line =~ tr/\n/ /;
  $line = substr($line, 0, 4000) . "\n";
  my $facts = open_file($facts_path, $write_at_once) or return;
  for (1 .. 100) {
    last if write_file($facts, $line) > 0 || $! != $again;
    select undef, undef, undef, 0.02;
  }
  close_file($facts);
}

sub put {
  my ($file, $bytes) = @_;
  return write_file($file, $bytes) == length $bytes;
}
`;
