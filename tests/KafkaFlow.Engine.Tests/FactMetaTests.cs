using System.Collections.Immutable;
using System.Reflection;
using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Engine.Tests;

/// <summary>A decision folds the object, takeover the text: they have to say the same.</summary>
[Trait("tier", "fast")]
public sealed class FactMetaTests(ITestOutputHelper output)
{
    private const int Runs = 60;

    [Fact]
    public void Every_member_survives_writing_and_reading()
    {
        var members = typeof(FactMeta).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.CanWrite).ToList();
        Assert.True(members.Count > 40);
        foreach (var member in members)
        {
            var meta = new FactMeta();
            member.SetValue(meta, Sample(member.PropertyType));
            Assert.NotEqual("{}", meta.ToJson());
            var read = FactMeta.Parse(meta.ToJson());
            foreach (var other in members)
                Assert.True(Same(other.GetValue(meta), other.GetValue(read)), $"{other.Name} of {meta.ToJson()} is read as {other.GetValue(read)}");
        }
    }

    [Fact]
    public void Every_setting_survives_writing_and_reading_and_one_that_is_missing_has_its_default()
    {
        var settings = (EngineSettings)Sample(typeof(EngineSettings));
        var read = FactMeta.Parse(new FactMeta { Settings = settings }.ToJson()).Settings!;
        foreach (var member in typeof(EngineSettings).GetProperties().Where(member => member.CanWrite))
        {
            Assert.True(Same(member.GetValue(settings), member.GetValue(read)), member.Name);
            Assert.False(Same(member.GetValue(new EngineSettings()), member.GetValue(read)), member.Name);
            Assert.True(Same(member.GetValue(new EngineSettings()), member.GetValue(FactMeta.Parse("""{"settings":{}}""").Settings)), member.Name);
        }
    }

    [Fact]
    public void What_random_runs_write_is_read_as_it_was_written()
    {
        output.WriteLine($"seed {TestSeed.Value}");
        var seen = 0;
        for (var i = 0; i < Runs; i++)
        {
            foreach (var fact in new RandomPlaybook(unchecked(TestSeed.Value + i)).Play().Facts)
            {
                Assert.Equal(fact.Meta, FactMeta.Parse(fact.Meta).ToJson());
                seen += fact.Meta is null ? 0 : 1;
            }
        }
        Assert.True(seen > Runs);
    }

    private static object Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "7"; // text and JSON
        if (type == typeof(int)) return 7;
        if (type == typeof(long)) return 7L;
        if (type == typeof(bool)) return true;
        if (type == typeof(Timestamp)) return new Timestamp(1_700_000_000_123_456);
        if (type == typeof(ImmutableArray<int>)) return ImmutableArray.Create(3, 5);
        if (type == typeof(ImmutableArray<string>)) return ImmutableArray.Create("b", "a");
        if (type == typeof(ImmutableArray<ImmutableArray<string>>))
            return ImmutableArray.Create(ImmutableArray.Create("b", "a"), ImmutableArray.Create("c"));
        if (type == typeof(ImmutableArray<EdgeOutcome>))
        {
            EdgeOutcome[] edges =
            [
                new(1, EdgeState.Dead, "b", null), new(2, EdgeState.Taken, "c", """{"x":1}"""),
                new(3, EdgeState.Failed, "b", null),
            ];
            return edges.ToImmutableArray();
        }
        Assert.Equal(typeof(EngineSettings), type);
        var settings = new EngineSettings();
        foreach (var member in type.GetProperties().Where(member => member.CanWrite)) member.SetValue(settings, Sample(member.PropertyType));
        return settings;
    }

    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (EngineSettings one, EngineSettings other) => typeof(EngineSettings).GetProperties().Where(member => member.CanWrite)
            .All(member => Same(member.GetValue(one), member.GetValue(other))),
        (ImmutableArray<int> one, ImmutableArray<int> other) => one.SequenceEqual(other),
        (ImmutableArray<string> one, ImmutableArray<string> other) => one.SequenceEqual(other),
        (ImmutableArray<ImmutableArray<string>> one, ImmutableArray<ImmutableArray<string>> other) =>
            one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second)) && one.Length == other.Length,
        (ImmutableArray<EdgeOutcome> one, ImmutableArray<EdgeOutcome> other) => one.SequenceEqual(other),
        _ => Equals(a, b),
    };
}
