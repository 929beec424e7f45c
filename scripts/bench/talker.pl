#!/usr/bin/perl
# An agent that costs nearly nothing: speaks the Agent Client Protocol on its standard streams.
# A prompt `stream COUNT GAP_MS` is answered by that many pieces, each the epoch seconds of its
# writing; a prompt `ask` by a request for permission that bears them, and by those at which its answer was
# read; any other by the epoch seconds at which it was read.
use strict;
use warnings;
use Time::HiRes qw(time);

$| = 1;
my ($left, $gap, $due, $id) = (0, 0, 0, undef);
my $held = '';

while (1) {
    my $ready = '';
    vec($ready, fileno(STDIN), 1) = 1;
    my $wait = $left > 0 ? $due - time : undef;
    $wait = 0 if defined $wait && $wait < 0;
    my $found = select($ready, undef, undef, $wait);
    if ($found > 0) {
        my $count = sysread(STDIN, $held, 65536, length $held);
        exit 0 unless $count;
        while ($held =~ s/^([^\n]*)\n//) { take($1) }
    }
    if ($left > 0 && time >= $due) {
        piece(time);
        $due += $gap;
        $left--;
        finish() if $left == 0;
    }
}

sub take {
    my ($line) = @_;
    my ($request) = $line =~ /"id":"([^"]+)"/;
    if ($line =~ /"method":"initialize"/) { reply($request, '{"protocolVersion":1,"agentCapabilities":{}}') }
    elsif ($line =~ /"method":"session\/new"/) { reply($request, '{"sessionId":"bench"}') }
    elsif ($line =~ /"method":"session\/prompt"/) {
        $id = $request;
        if ($line =~ /"text":"ask"/) { ask() }
        elsif ($line =~ /"text":"stream (\d+) (\d+)"/) { ($left, $gap, $due) = ($1, $2 / 1000, time) }
        else { piece(time); finish() }
    }
    elsif ($line =~ /"outcome"/) { piece(time); finish() }
}

sub ask {
    print '{"jsonrpc":"2.0","id":"ask","method":"session/request_permission","params":{"sessionId":"bench","toolCall":'
        . '{"toolCallId":"t1","title":"now","kind":"execute","rawInput":{"command":"' . sprintf('%.6f', time) . '"}},"options":'
        . '[{"optionId":"yes","name":"Allow","kind":"allow_once"},{"optionId":"no","name":"Reject","kind":"reject_once"}]}}' . "\n";
}

sub piece {
    my ($text) = @_;
    print '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"bench","update":{"sessionUpdate":'
        . '"agent_message_chunk","content":{"type":"text","text":"' . sprintf('%.6f ', $text) . '"}}}}' . "\n";
}

sub finish { reply($id, '{"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}') }

sub reply {
    my ($to, $result) = @_;
    print qq({"jsonrpc":"2.0","id":"$to","result":$result}\n);
}
