using System.Text;

namespace KafkaFlow.Streams.Tests;

public sealed class ForwardingTests
{
    [Fact]
    public void A_forwarded_record_keeps_its_bytes_and_headers_and_says_where_it_stood()
    {
        var input = Input(3, 17, new RecordHeader("task_id", "t"u8.ToArray()));
        var forwarded = Forwarding.Forward(input, "commands", 1);
        Assert.Equal(("commands", 1), (forwarded.Topic, forwarded.Partition));
        Assert.Same(input.Value, forwarded.Value);
        Assert.Same(input.Key, forwarded.Key);
        Assert.Equal(
            ["task_id=t", "origin=3@17"],
            forwarded.Headers.Select(h => $"{h.Name}={Encoding.UTF8.GetString(h.Value)}"));
    }

    [Fact]
    public void A_record_forwarded_twice_keeps_its_first_origin()
    {
        var input = Input(3, 17, new RecordHeader(Origin.Header, "0@5"u8.ToArray()));
        Assert.Equal(input.Headers, Forwarding.Forward(input, "commands", 1).Headers);
        Assert.Equal(new(0, 5), Origin.Of(input));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1@")]
    [InlineData("1@2x")]
    [InlineData("-1@2")]
    [InlineData("1@-2")]
    public void What_is_no_origin_is_replaced(string text)
    {
        var input = Input(3, 17, new RecordHeader(Origin.Header, Encoding.UTF8.GetBytes(text)));
        Assert.Equal(new(3, 17), Origin.Of(input));
        Assert.Equal("3@17", Encoding.UTF8.GetString(Assert.Single(Forwarding.Forward(input, "c", 1).Headers).Value));
    }

    [Fact]
    public void The_target_drops_what_is_not_above_the_watermark_of_its_execution_and_source()
    {
        var state = new MapState();
        Assert.True(Accept(state, "x", "0@5"));
        Assert.False(Accept(state, "x", "0@5"));
        Assert.False(Accept(state, "x", "0@4"));
        Assert.True(Accept(state, "x", "0@6"));
        Assert.True(Accept(state, "x", "1@5"));
        Assert.True(Accept(state, "y", "0@5"));
    }

    [Fact]
    public void Watermark_keys_of_different_executions_and_sources_differ()
    {
        string[] executions = ["a", "ab", "a:b", "a~1"];
        var keys = executions.SelectMany(e => new[] { 0, 1, 256 }.Select(
            s => Convert.ToHexString(ForwardWatermark.KeyOf([9], e, s))));
        Assert.Equal(12, keys.Distinct().Count());
    }

    private static bool Accept(MapState state, string execution, string origin)
    {
        var effects = new Effects();
        var input = Input(1, 100, new RecordHeader(Origin.Header, Encoding.UTF8.GetBytes(origin)));
        var accepted = ForwardWatermark.Accept(input, execution, "w"u8, state, effects);
        foreach (var change in effects.Changes) state.Map[Convert.ToHexString(change.Key)] = change.Value!;
        return accepted;
    }

    private static InputRecord Input(int partition, long offset, params RecordHeader[] headers) =>
        new("commands", partition, offset, 0, "key"u8.ToArray(), "value"u8.ToArray(), headers);

    private sealed class MapState : IStateView
    {
        public Dictionary<string, byte[]> Map { get; } = [];

        public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key) =>
            Map.TryGetValue(Convert.ToHexString(key), out var value) ? (ReadOnlyMemory<byte>?)value : null;

        public IEnumerable<KeyValuePair<byte[], byte[]>> Scan(byte[] prefix) => [];
    }
}
