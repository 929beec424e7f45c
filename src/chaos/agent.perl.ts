/**
 * The agent of a chaos run. It notes in a ledger that it started and that it ended, prints 1, 2, 3 …
 * and exits with its code. Perl, because every machine that runs Overmind has it and it starts fast.
 *
 * Arguments: ledger, lines to print, milliseconds between two, exit code, what to do at the end:
 * `end`, or `echo` (print back each line of stdin first), or `leave` (leave a child behind).
 */
export const agentText = `
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($ledger, $lines, $gap, $code, $how) = @ARGV;
sub note {
  open(my $file, '>>', $ledger) or return;
  syswrite($file, sprintf("%s %s %s %d %.6f\\n", $_[0], $ENV{OVERMIND_MISSION_ID}, $ENV{OVERMIND_ATTEMPT}, $$, clock_gettime(CLOCK_MONOTONIC)));
}
sub say_all {
  my $text = $_[0];
  while (length $text) {
    my $done = syswrite(STDOUT, $text);
    if (!defined $done) { select(undef, undef, undef, 0.05); next }
    $text = substr($text, $done);
  }
}
note('start');
for my $number (1 .. $lines) {
  say_all("$number\\n");
  select(undef, undef, undef, $gap / 1000) if $gap;
}
if ($how eq 'leave') { if (!fork) { exec 'sleep', '600' } }
if ($how eq 'echo') { while (defined(my $line = <STDIN>)) { say_all("echo $line") } }
note('end');
exit $code;
`;
