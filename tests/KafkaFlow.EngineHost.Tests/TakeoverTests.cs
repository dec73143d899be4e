using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;
using KafkaFlow.Testing;

namespace KafkaFlow.EngineHost.Tests;

/// <summary>An owner that takes over at any checkpoint has the state of the one before, and repeats what it put out.</summary>
[Trait("tier", "fast")]
public sealed class TakeoverTests(ITestOutputHelper output)
{
    private const int Rounds = 60;
    private const int Commands = 120;
    private static readonly string[] Executions = ["a", "b", "c", "d", "e", "f"];

    [Fact]
    public void After_a_takeover_at_any_position_state_and_dead_letters_are_those_of_the_owner_before()
    {
        var seed = TestSeed.Next();
        Console.WriteLine($"seed {seed}");
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (repeated, retired, children) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var reusesIds = round % 2 == 1;
            using var partition = new TestPartition(reusesIds ? TimeSpan.FromMilliseconds(random.Next(1, 800)) : null);
            var at = random.Next(Commands);
            MemoryState? checkpoint = null;
            var (position, deadBefore) = (0L, 0);
            for (var n = 0; n < Commands; n++)
            {
                if (n == at) (checkpoint, position, deadBefore) = (partition.State.Copy(), partition.Log.Count, partition.DeadLetters.Count());
                SendAny(partition, random);
                if (random.Next(3) == 0) partition.ProcessOwn();
            }
            partition.ProcessOwn();
            var live = partition.State.Copy();
            var dead = partition.DeadLetters.Skip(deadBefore).Select(Text).Order().ToList();

            var again = partition.TakeOver(checkpoint!, position);

            Assert.Equal(live.Lines, partition.State.Lines);
            var repeatedDead = again.Where(o => o.Topic == partition.Topics.Dlq).Select(Text).Order().ToList();
            // What was said to an earlier run of an id that has been used again is not known any more.
            if (reusesIds) Assert.Empty(repeatedDead.Except(dead));
            else Assert.Equal(dead, repeatedDead);
            Assert.Equal(WaitingStarts(partition), partition.Asked.Select(a => a.Offset));
            repeated += dead.Count;
            retired += partition.Log.Count(r => partition.Serdes.DecodeCommand(r.Value!).Record is { } c && Retirement.IsTimer(c));
            children += partition.Facts.Count(f => f.EventType == EventTypes.ChildEnded);
        }
        Assert.True(repeated > Rounds, $"only {repeated} dead letters were repeated: the script is too tame");
        Assert.True(retired > Rounds && children > Rounds / 2, $"only {retired} removed, {children} children: too tame");
    }

    [Fact]
    public void Held_commands_are_asked_for_again_where_the_first_continue_was_lost()
    {
        using var partition = new TestPartition();
        var checkpoint = partition.State.Copy();
        partition.Send(TestPartition.SignalText("e", "a"));
        partition.Send(TestPartition.SignalText("e", "b"));
        partition.Send(partition.StartText("e"));
        Assert.Equal(1, partition.OwnCommands);
        partition.LoseOwn();
        partition.TakeOver(checkpoint, 0);
        partition.ProcessOwn();
        Assert.Equal(2, partition.Facts.Count(f => f.EventType == EventTypes.SignalReceived));
    }

    [Fact]
    public void A_start_that_was_not_pinned_is_asked_for_again()
    {
        using var partition = new TestPartition();
        var checkpoint = partition.State.Copy();
        partition.Send(partition.StartText("e", pinned: false));
        Assert.Single(partition.Asked);
        partition.TakeOver(checkpoint, 0);
        Assert.Equal("e", Assert.Single(partition.Asked).Start.ExecutionId);
    }

    [Fact]
    public void The_tasks_of_adopted_decisions_are_put_out_again_unchanged()
    {
        using var partition = new TestPartition();
        var checkpoint = partition.State.Copy();
        partition.Send(partition.StartText("e"));
        var task = Assert.Single(partition.Tasks);
        var again = partition.TakeOver(checkpoint, 0);
        Assert.Equal(task, partition.Serdes.DecodeTask(Assert.Single(again, o => o.Topic.Contains("tasks", StringComparison.Ordinal)).Value).Record);
    }

    private static void SendAny(TestPartition partition, Random random)
    {
        var id = Executions[random.Next(Executions.Length)];
        partition.Clock += random.Next(50);
        switch (random.Next(20))
        {
            case 12: partition.Send(partition.ParentText(id, random.Next(2), random.Next(3) == 0 ? "no/such" : TestPartition.Path)); break;
            case 13: partition.Send($$"""{"event_type":"{{(random.Next(2) == 0 ? "pause" : "resume")}}_requested","execution_id":"{{id}}"}"""); break;
            case 14: partition.FireDue(); break;
            case 15 when random.Next(3) == 0: partition.Park(id); break;
            case >= 16: Resolve(partition, random); break;
            case 0 or 1: partition.Send(partition.StartText(id, random.Next(2))); break;
            case 2: partition.Send(partition.StartText(id, random.Next(2), pinned: false)); break;
            case 3: Resolve(partition, random); break;
            case 4 or 5: partition.Send(TestPartition.SignalText(id, "s", random.Next(2) == 0 ? $"id-{random.Next(9)}" : null)); break;
            case 6: partition.Send(TestPartition.SignalText(id, "f"), (Origin.Header, $"{random.Next(3)}@{random.Next(40)}")); break;
            case 7 when partition.Tasks.Any(): partition.Send(TestPartition.AnswerText(Pick(partition.Tasks, random))); break;
            case 8 when partition.Tasks.Any(): partition.Send([0x99, 1], (HeaderNames.TaskId, Pick(partition.Tasks, random).TaskId)); break;
            case 9: partition.Send($$"""{"event_type":"cancel_requested","execution_id":"{{id}}"}"""); break;
            case 10: partition.Send("""{"event_type":"continue","execution_id":"a","cursor":"held"}"""); break;
            default: partition.Send([0x17, (byte)random.Next(256)]); break;
        }
    }

    private static void Resolve(TestPartition partition, Random random)
    {
        if (partition.Asked.Count == 0) return;
        var asked = Pick(partition.Asked, random);
        var found = random.Next(4) > 0;
        partition.Send(partition.Serdes.Encode(asked.Start with
        {
            EventType = CommandTypes.StartResolved,
            OriginPartition = asked.Partition,
            OriginOffset = asked.Offset,
            StartHash = Engine.StartRequest.HashOf(asked.Start),
            PlaybookVersion = found ? "1" : null,
            ContentHash = found ? partition.Hash : null,
            NotFound = found ? null : true,
        }));
    }

    private static IEnumerable<long> WaitingStarts(TestPartition partition) =>
        partition.State.Scan(TransportKeys.PendingPrefix).Select(e => TransportKeys.OffsetOf(e.Key));

    private static T Pick<T>(IEnumerable<T> from, Random random)
    {
        var all = from.ToList();
        return all[random.Next(all.Count)];
    }

    private static string Text(OutputRecord record) =>
        $"{Encoding.UTF8.GetString(record.Key!)} {Encoding.UTF8.GetString(record.Value!)} "
        + string.Join(' ', record.Headers.Select(h => $"{h.Name}={Encoding.UTF8.GetString(h.Value)}"));
}
