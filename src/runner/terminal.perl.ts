/**
 * What a mission's terminal adds to its shim, and the two small processes that tmux runs for it.
 *
 * tmux owns the pseudo-terminal and starts the *holder* on it, which gives the terminal up and only
 * keeps it open. The shim then takes it as the terminal of its own session and puts the agent into
 * the foreground, so that claim, exit record and parentage are those of every other mission. The
 * shim leads the session because the end of a session's leader throws away what is still on its way.
 *
 * The *recorder* gets what the agent writes and appends it to the output. The shim's last word on
 * the terminal is a mark that nobody else knows: what came before it is all there is.
 */

/** Numbers are those of <asm-generic/ioctls.h>; terminals are for the systems whose calls the zygote knows. */
export const shimTerminalText = `
# The holder makes the sign once it had the terminal and gave it up: who took it before (TIOCSCTTY) would
# have it instead of the holder, whose end would then hang everything up.
sub take_terminal {
  my ($path, $sign) = @_;
  # The end of the terminal is told to the session's leader only, and is meant for the agent.
  $SIG{HUP} = sub { $wants_hangup = 1 };
  $all_but_ours = pack 'Q', unpack('Q', $all_but_ours) & ~1;
  for (1 .. 1000) {
    if (-e $sign) {
      my $terminal = open_file($path, $read_write);
      return unless defined $terminal;
      return $terminal if kernel('ioctl', $terminal, 0x540E, 0) == 0 && unlink $sign;
      close_file($terminal);
    }
    select undef, undef, undef, 0.005;
  }
  return;
}

# The agent's group becomes the foreground (TIOCSPGRP); it is this process's own.
sub enter_terminal {
  my ($terminal) = @_;
  my $group = pack 'i', $$;
  kernel('setpgid', 0, 0);
  kernel('ioctl', $terminal, 0x5410, $group);
  copy_onto($terminal, $_) for 0 .. 2;
}

# Takes the foreground first (TIOCSPGRP), so that no leftover is hung up: tmux closes the terminal as soon
# as it has the mark, and what was the foreground then is hung up when its session's leader exits. Writes
# the mark, also where the agent stopped the output (TCXONC), but waits for nobody longer than 2 s. Then
# gives the terminal up (TIOCNOTTY).
sub leave_terminal {
  my ($terminal, $path, $mark) = @_;
  my $group = pack 'i', $$;
  kernel('ioctl', $terminal, 0x5410, $group);
  kernel('ioctl', $terminal, 0x540A, 1);
  if (defined(my $line = open_file($path, $write_at_once))) {
    for (1 .. 400) {
      my $written = write_file($line, $mark);
      substr $mark, 0, $written, '' if $written > 0;
      last if $mark eq '' || $written < 0 && $! != $again;
      select undef, undef, undef, 0.005;
    }
  }
  kernel('ioctl', $terminal, 0x5422, 0);
}
`;

/** Arguments: the number of prctl(2), and the sign in hex. Ends with tmux, or when the recorder says so. */
export const holderText = String.raw`
$SIG{HUP} = "IGNORE";
my $server = getppid;
my $name = "overmind-tty\0";
syscall $ARGV[0], 1, 9, 0, 0, 0;
syscall $ARGV[0], 15, $name, 0, 0, 0;
ioctl STDIN, 0x5422, 0;
sysopen SIGN, pack("H*", $ARGV[1]), 0101, 0600 or exit 1;
exit if getppid != $server;
select undef, undef, undef, 3600 while 1`;

/**
 * Arguments: what the names of the attempt's files begin with and the facts' FIFO (both in hex), the mission, the attempt,
 * the mark's word, the holder's pid. Stands in a tmux format within single quotes: no # % or '.
 * What a full disk refuses is counted, and told as soon as there is room.
 */
export const recorderText = String.raw`
my ($prefix, $facts) = map { pack "H*", $_ } splice @ARGV, 0, 2;
my ($mission, $attempt, $word, $holder) = @ARGV;
my $mark = "\e]7771;$word\a";
my ($held, $lost, $more) = ("", 0);
umask 077;
$SIG{HUP} = "IGNORE";
sysopen OUTPUT, $prefix . "output", 02101, 0600;
sub put {
  my ($bytes) = @_;
  while (length $bytes) {
    my $written = syswrite OUTPUT, $bytes;
    return length $bytes unless defined $written;
    substr $bytes, 0, $written, "";
  }
  return 0;
}
sub keep {
  my ($bytes) = @_;
  $lost = 0 if $lost && !put("\r\n--- $lost bytes of output could not be written ---\r\n");
  $lost += $lost ? length $bytes : put($bytes);
}
for (;;) {
  my $read = sysread STDIN, $more, 65536;
  next if !defined $read && $! == 4;
  last unless $read;
  $held .= $more;
  my $end = index $held, $mark;
  if ($end >= 0) { substr($held, $end) = ""; last }
  my $open = length $mark;
  $open-- while $open && substr($held, -$open) ne substr($mark, 0, $open);
  keep(substr $held, 0, length($held) - $open, "") if length($held) > $open;
}
keep($held) if length $held;
sysopen DONE, $prefix . "recorded", 0101, 0600;
sysopen FACTS, $facts, 04001 and syswrite FACTS, "recorded $mission $attempt\n";
kill "TERM", $holder`;
