using System.Text;
using KafkaFlow.Testing;

namespace KafkaFlow.Streams.Tests;

public sealed class StateTests(ITestOutputHelper output)
{
    [Fact]
    public void State_reads_as_one_sorted_map_through_freezes_checkpoints_spills_and_reopening()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var directory = TestEnvironment.NewDirectory("state");
        var store = StateStore.Open(directory.PathOf("0"));
        var state = new TaskState(store, new());
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var effects = new Effects();
        for (var step = 0; step < 5_000; step++)
        {
            Change(random, effects, model);
            state.Apply(effects);
            switch (random.Next(40))
            {
                case 0 when state.Frozen is null:
                    state.Freeze();
                    break;
                case 1 when state.Frozen is { } frozen:
                    store.Commit(frozen, new(Guid.Empty, step, new(step, 1)));
                    break;
                case 2 when state.Frozen is { } frozen:
                    store.Commit(frozen, new(Guid.Empty, step, new(step, 1)));
                    state.Thaw();
                    break;
                case 3 when state.Frozen is null:
                    state.Spill();
                    Assert.Null(store.Position);
                    break;
                case 4 when state.OpenChanges == 0 && state.Frozen is null:
                    store.Release();
                    store = StateStore.Open(directory.PathOf("0"));
                    state = new(store, new());
                    break;
            }
            var prefix = Key(random)[..random.Next(3)];
            Assert.Equal(
                model.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(e => $"{e.Key}={e.Value}"),
                state.Scan(Encoding.UTF8.GetBytes(prefix)).Select(
                    e => $"{Encoding.UTF8.GetString(e.Key)}={Encoding.UTF8.GetString(e.Value)}"));
            var key = Key(random);
            Assert.Equal(
                model.GetValueOrDefault(key),
                state.Get(Encoding.UTF8.GetBytes(key)) is { } value ? Encoding.UTF8.GetString(value.Span) : null);
        }
        store.Release();
    }

    [Fact]
    public void A_checkpoint_that_ends_after_its_term_writes_nothing()
    {
        using var directory = TestEnvironment.NewDirectory("late");
        var store = StateStore.Open(directory.PathOf("0"));
        var changes = new Overlay();
        changes.Set("a"u8.ToArray(), "1"u8.ToArray());
        store.Release();
        store.Commit(changes, new(Guid.Empty, 1, FactCursor.Start));
        var again = StateStore.Open(directory.PathOf("0"));
        Assert.Null(again.Position);
        Assert.Null(again.Get("a"u8));
        again.Release();
    }

    [Fact]
    public void A_position_survives_its_encoding()
    {
        var position = new StorePosition(Guid.NewGuid(), 12, new(long.MaxValue, 7));
        Assert.Equal(position, StorePosition.Decode(position.Encode(), "here"));
        var refused = Assert.Throws<StreamsException>(() => StorePosition.Decode("{}"u8.ToArray(), "t-0 offset 5"));
        Assert.Contains("t-0 offset 5", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fired_timer_is_fired_again_only_after_its_record_was_processed_and_left_it_armed()
    {
        var timers = new TimerQueue();
        var fired = new List<(string Id, FiredTimers Turn)>();
        int Fire(long now, long position) => timers.Fire(now, 1_000, 100, position, new(), (id, _, turn) =>
        {
            turn.Produced();
            fired.Add((Encoding.UTF8.GetString(id), turn));
        });
        timers.Set("a"u8.ToArray(), 50);
        timers.Set("b"u8.ToArray(), 60);
        timers.Set("b"u8.ToArray(), 5_000);
        Assert.Equal(0, Fire(49, 0));
        Assert.Equal(1, Fire(100, 0));
        Assert.Equal(0, Fire(1_200, 0));
        fired[0].Turn.Appended(7);
        Assert.Equal(0, Fire(2_300, 7));
        Assert.Equal(1, Fire(3_400, 8));
        timers.Clear("a"u8.ToArray());
        Assert.Equal(1, Fire(9_000, 100));
        Assert.Equal(["a", "a", "b"], fired.Select(f => f.Id));
    }

    [Fact]
    public void Due_timers_are_fired_in_bounded_slices()
    {
        var timers = new TimerQueue();
        for (var i = 0; i < 250; i++) timers.Set(BitConverter.GetBytes(i), i);
        var slices = new List<int>();
        for (var slice = -1; slice != 0;)
            slices.Add(slice = timers.Fire(1_000, 1_000, 100, 0, new(), (_, _, _) => { }));
        Assert.Equal([100, 100, 50, 0], slices);
    }

    private static void Change(Random random, Effects effects, SortedDictionary<string, string> model)
    {
        effects.Clear();
        for (var i = random.Next(4); i > 0; i--)
        {
            var (key, value) = (Key(random), $"{random.Next(1000)}");
            if (random.Next(3) == 0)
            {
                effects.Delete(Encoding.UTF8.GetBytes(key));
                model.Remove(key);
                continue;
            }
            effects.Put(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
            model[key] = value;
        }
    }

    private static string Key(Random random) =>
        $"{(char)('a' + random.Next(4))}{(char)('a' + random.Next(4))}{random.Next(8)}";
}
