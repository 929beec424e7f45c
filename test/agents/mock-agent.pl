#!/usr/bin/perl
# One scripted agent for every test. It prints "ready <pid>" once its children stand, then works.
#   --print-every MS    prints 1, 2, 3 ... at this pace (with --lines: that many, then goes on waiting or ends)
#   --lines N           prints N lines as fast as it can, or at --print-every
#   --line-bytes N      length of a line, newline included: the number padded with x
#   --run-for MS        ends after so long (default: when the lines are out, or never without --lines)
#   --exit-code N       how it ends
#   --die-by SIGNAL     ends by a signal instead
#   --no-newline        the last line lacks its newline
#   --ignore-term       SIGTERM does nothing
#   --fork              leaves a background child in its group
#   --setsid-child      leaves a child in a session of its own
#   --double-fork       leaves a grandchild in a session of its own, its parent gone
#   --starts FILE       appends "<mission> <attempt> <pid>" to FILE when it starts
#   --tag WORD          does nothing: a word to find it by
#   --quiet             does not say "ready"
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(sleep time);
use Getopt::Long;

my %set = ('print-every' => 0, 'exit-code' => 0, 'line-bytes' => 0);
GetOptions(\%set, 'print-every=i', 'lines=i', 'line-bytes=i', 'run-for=i', 'exit-code=i', 'die-by=s', 'no-newline',
  'ignore-term', 'fork', 'setsid-child', 'double-fork', 'starts=s', 'tag=s', 'quiet') or exit 2;
$| = 1;
$SIG{TERM} = 'IGNORE' if $set{'ignore-term'};

sub forever { sleep 3600 while 1 }

# What a tool leaves behind ignores nothing: it is ended by plain SIGTERM or SIGKILL.
sub leave {
  my ($prepare) = @_;
  pipe my $is_prepared, my $prepared or die "pipe: $!";
  my $child = fork;
  die "fork: $!" unless defined $child;
  if ($child) {
    # Until its end is closed: who is told that all stand may end a group that a child is still about to leave.
    close $prepared;
    readline $is_prepared;
    return $child;
  }
  close $is_prepared;
  $SIG{TERM} = 'DEFAULT';
  $prepare->();
  close $prepared;
  forever();
}

if (defined $set{starts}) {
  open my $file, '>>', $set{starts} or die "$set{starts}: $!";
  syswrite $file, "$ENV{OVERMIND_MISSION_ID} $ENV{OVERMIND_ATTEMPT} $$\n";
  close $file;
}
leave(sub { }) if $set{fork};
leave(sub { POSIX::setsid() }) if $set{'setsid-child'};
if ($set{'double-fork'}) {
  my $middle = leave(sub { POSIX::setsid(); exit 0 if fork });
  waitpid $middle, 0;
}
print "ready $$\n" unless $set{quiet};

my $started = time;
sub is_over { defined $set{'run-for'} && (time - $started) * 1000 >= $set{'run-for'} }

sub line {
  my ($number) = @_;
  my $padding = $set{'line-bytes'} - length($number) - 1;
  return $number . ($padding > 0 ? 'x' x $padding : '');
}

my $last = $set{lines} // ($set{'print-every'} ? 1e15 : 0);
if ($set{'print-every'}) {
  for (my $number = 1; $number <= $last && !is_over(); $number++) {
    print line($number), $number == $last && $set{'no-newline'} ? '' : "\n";
    sleep $set{'print-every'} / 1000;
  }
} elsif ($last) {
  my $held = '';
  for my $number (1 .. $last) {
    $held .= line($number) . ($number == $last && $set{'no-newline'} ? '' : "\n");
    if (length $held > 65536) { print $held; $held = '' }
  }
  print $held;
}

if (defined $set{'run-for'}) { my $left = $set{'run-for'} / 1000 - (time - $started); sleep $left if $left > 0 }
elsif (!defined $set{lines}) { forever() }
if (defined $set{'die-by'}) { $SIG{$set{'die-by'}} = 'DEFAULT'; kill $set{'die-by'}, $$; sleep 5 }
exit $set{'exit-code'};
