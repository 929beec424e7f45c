/**
 * What a shim is: the process that owns one attempt. It claims the attempt, starts the agent in a
 * session of its own, records how it ended, and stays until nothing of it is left. Facts go to
 * files; the daemon, if there is one, is only woken.
 *
 * Perl, because it costs 0.1 MB per shim where Node costs 44, keeps an environment byte for byte
 * where a plain sh drops names that are no identifiers, and tells exit 143 from signal 15.
 *
 * record: 128 bytes that tell how it ended, then lines that tell whose it is. Whoever makes it,
 * with O_EXCL, has claimed the attempt. The first part is "pending" at once in its full size, so
 * that a full disk cannot swallow it later, and whole only when it ends in a newline:
 * "<code> <signal number|-> <epoch ms> <clean|left|spawn_error ...>". The lines are
 * "boot <id> <pid namespace>", "shim <pid> <start> <subreaper|->", "agent <pid> <start>" and
 * "begun <ms since boot> <epoch ms>".
 */
export const shimText = String.raw`
# The fields of a start are mission, attempt, what its files' names begin with, the environment's
# file, directory, umask, descriptors, niceness, stdin, terminal, cgroup, and the words. Without fields this is
# a spare: it has forked its child before anybody asked, which then waits at $order for the fields.
sub shim {
  my ($order, @fields) = @_;
  new_session();
  block($every_signal);
  copy_onto($null, $_) for 0 .. 2;
  name_process(@fields ? 'overmind-shim' : 'overmind-spare');
  my $reaper = kernel('prctl', 36, 1, 0, 0, 0) == 0;
  my ($path, $type, $mark) = @fields ? split ' ', $fields[9] : ();
  my $terminal = $path && take_terminal($path);
  my ($input, $held) = $path ? () : @fields ? open_stdin($fields[8], $fields[2] . 'stdin') : open_file('/dev/null', $read);
  pipe my $told, my $teller;

  # What can be done by either is done by the child that becomes the agent: its memory goes at exec.
  my $shim = $$;
  my $agent = fork;
  # Its last word comes before this process is gone, however that comes about.
  my $leave = sub { leave_terminal($terminal, $path, "\e]7771;$mark\a") if $terminal; leave(@_) };
  unless (defined $agent) {
    leave(1) unless @fields;
    my $reason = "fork: $!";
    refuse(take_claim($reaper, [$shim, start_of($shim)], undef, @fields), @fields[0, 1], 126, $reason);
  }
  become_agent($order, $teller, $reaper, $shim, $input, $path ? [$terminal, $type] : undef, @fields) unless $agent;
  close $teller;
  close $order if $order;
  close_file($input) if $input;
  my $words = '';
  1 while sysread $told, $words, 4096, length $words;
  close $told;
  # The end of the pipe is exec, if the claim was told and no other word followed it.
  my ($mission, $attempt, $prefix, $start, $agent_start, $failed) = split /\0/, $words;
  if (!defined $agent_start || defined $failed) {
    waitpid $agent, 0;
    # Ended by a signal it could tell nobody why; the zygote tells that this shim failed.
    $leave->($? & 127 ? 1 : 0);
  }
  my $record = open_file($prefix . 'record', $write);
  name_process('overmind-shim') unless @fields;
  report('started', $mission, $attempt, $shim, $start, $agent, $agent_start);
  attend($agent, $record, $held, $prefix . 'stdin', $reaper, $leave, $mission, $attempt);
}

# Makes the claim, or ends this process when somebody holds it. Answers the record.
sub take_claim {
  my ($reaper, $shim, $agent, @fields) = @_;
  my @key = @fields[0, 1];
  my $record = open_file("$fields[2]record", $create | $exclusive);
  unless ($record) {
    leave(75) if $! == 17;
    refuse(undef, @key, 126, "claim: $!");
  }
  my $kind = $reaper ? 'subreaper' : '-';
  my $claim = "boot $boot $namespace\nshim @$shim $kind\n" . ($agent ? "agent @$agent\n" : '') . 'begun ' . since_boot() . ' ' . now_ms() . "\n";
  put($record, sprintf('%-128s', 'pending') . $claim) or refuse(undef, @key, 126, "claim: $!");
  return $record;
}

# The attempt ends before it began.
sub refuse {
  my ($record, $mission, $attempt, $code, $text) = @_;
  my $now = now_ms();
  record($record, $code, '-', $now, 'spawn_error', $text);
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
  my ($agent, $record, $held, $fifo, $reaper, $leave, @key) = @_;
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
      record($record, $code, $signal || '-', $when, $rest);
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
  my ($order, $teller, $reaper, $shim, $input, $place, @fields) = @_;
  new_session() unless $place;
  # FPE is ignored by perl itself. While it waits, a spare is ended by whoever signals it.
  $SIG{$_} = 'DEFAULT' for 'HUP', 'CHLD', 'USR1', 'TERM', 'FPE';
  block($no_signal) unless @fields;
  my ($start, $own_start) = (start_of($shim), start_of($$));
  copy_onto($input, 0) if $input;
  @fields = await_order($order) unless @fields;
  my ($mission, $attempt, $prefix, $environment, $cwd, $umask, $nofile, $nice, $stdin, $tty, $group, @words) = @fields;
  my $record = take_claim($reaper, [$shim, $start], [$$, $own_start], @fields);
  syswrite $teller, join "\0", $mission, $attempt, $prefix, $start, $own_start;
  my $fail = sub {
    my ($code, $text) = ($_[0], "$_[1]: $!");
    write_file(2, "overmind: $text\n");
    syswrite $teller, "\0failed";
    refuse($record, $mission, $attempt, $code, $text);
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
    my $output = open_file($prefix . 'output', $create | $append) or $fail->(126, 'output');
    copy_onto($output, $_) for 1, 2;
    $input or $fail->(126, 'stdin');
  }
  join_group($group) or $fail->(126, "cgroup $group") if $group ne '';
  my $file = open_file($environment, $read) or $fail->(126, 'environment');
  my ($bytes, $more) = ('');
  $bytes .= $more while read_file($file, $more, 65536) == 65536;
  $bytes .= $more;
  umask $umask if $umask ne '';
  setpriority 0, 0, $nice if $nice ne '';
  limit_descriptors($nofile) if $nofile ne '';
  # Only the end of a text is cut off, so that a long path does not hide the reason.
  chdir $cwd or $fail->(126, 'chdir ' . substr $cwd, 0, 3000);
  my @entries = grep { /^([^=]+)=/ && !$removed{$1} && !exists $replaced{$1} } split /\0/, $bytes;
  push @entries, map { "$_=$replaced{$_}" } keys %replaced;
  # What came in while signals were blocked is due before exec.
  block($no_signal);
  run_program(\@words, \@entries);
  $fail->($! == 2 ? 127 : 126, 'exec ' . substr $words[0], 0, 3000);
}

# The end of the pipe is the end of the zygote.
sub await_order {
  my ($order) = @_;
  sysread $order, my $bytes, 65536 or leave(0);
  close $order;
  my (undef, @fields) = split /\0/, $bytes, -1;
  return @fields;
}

# Returns when it cannot be run; $! says why. Perl's own way of looking for a program costs a copy of
# the environment, so it comes last; it also knows scripts without #! (execvp(3)).
sub run_program {
  my ($words, $entries) = @_;
  my ($path) = map { /^PATH=(.*)/s } @$entries;
  my @places = index($words->[0], '/') >= 0 ? $words->[0] : map { ($_ eq '' ? '.' : $_) . "/$words->[0]" } split /:/, $path // '', -1;
  my ($argv, $envp) = map { pack('p*', @$_) . "\0" x 8 } $words, $entries;
  for (@places) {
    kernel('execve', $_, $argv, $envp);
    # Not there: the next place. Anything else is judged by execvp.
    last unless $! == 2 || $! == 20;
  }
  %ENV = map { split /=/, $_, 2 } @$entries;
  no warnings;
  exec { $words->[0] } @$words;
}

# Whoever writes 0 joins (cgroups(7)).
sub join_group {
  my ($group) = @_;
  my $members = open_file("$group/cgroup.procs", $write);
  return defined $members && put($members, '0');
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
  my ($record, @words) = @_;
  return unless defined $record;
  my $line = join ' ', @words;
  $line =~ tr/\n/ /;
  write_over($record, sprintf "%-127.127s\n", $line);
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
