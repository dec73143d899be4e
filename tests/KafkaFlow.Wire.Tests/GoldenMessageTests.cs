namespace KafkaFlow.Wire.Tests;

/// <summary>
/// Messages written by Kafka's own classes (<c>golden/Golden.java</c>, Kafka 4.1.1): every kind, both directions, every
/// version served, with random content, nulls and tags.
/// </summary>
[Trait("tier", "fast")]
public sealed class GoldenMessageTests
{
    private sealed record Golden(Api Api, bool IsRequest, short Version, byte[] Bytes)
    {
        public override string ToString() => $"{Api.Key} {(IsRequest ? "request" : "response")} version {Version}";

        public IWire NewMessage() => IsRequest ? Api.NewRequest() : Api.NewResponse();

        public IWire Read(ReadOnlyMemory<byte> bytes, out int left)
        {
            using var codec = Codec.Reader(bytes, Version, Api.IsFlexible(Version));
            var message = NewMessage();
            message.Code(codec);
            left = codec.Remaining;
            return message;
        }

        public byte[] Write(IWire message)
        {
            using var codec = Codec.Writer(Version, Api.IsFlexible(Version));
            message.Code(codec);
            return codec.Written.ToArray();
        }
    }

    private static readonly Golden[] Messages = Load();

    private static Golden[] Load()
    {
        using var lines = new StreamReader(typeof(GoldenMessageTests).Assembly.GetManifestResourceStream("messages.txt")!);
        return [.. lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .Select(p => new Golden(
                ApiTable.Find(short.Parse(p[0], null))!, p[1] == "request", short.Parse(p[2], null),
                Convert.FromHexString(p[3])))];
    }

    [Fact]
    public void Every_message_of_Kafka_is_read_whole_and_written_back_byte_for_byte()
    {
        foreach (var golden in Messages)
        {
            var message = golden.Read(golden.Bytes, out var left);
            Assert.True(left == 0, $"{golden}: {left} bytes left");
            Assert.True(
                golden.Bytes.AsSpan().SequenceEqual(golden.Write(message)),
                $"{golden}\n{Convert.ToHexString(golden.Bytes)}\n{Convert.ToHexString(golden.Write(message))}");
        }
    }

    [Fact]
    public void Every_version_served_is_covered_in_both_directions()
    {
        var covered = Messages.Select(m => (m.Api.Key, m.IsRequest, m.Version)).ToHashSet();
        foreach (var api in ApiTable.All)
            for (var version = api.Served; version <= api.Max; version++)
                foreach (var isRequest in new[] { true, false })
                    Assert.True(covered.Contains((api.Key, isRequest, version)), $"{api.Key} {isRequest} {version}");
    }

    [Fact]
    public void A_message_cut_short_anywhere_is_an_error_that_names_the_place()
    {
        foreach (var golden in Messages)
            for (var length = 0; length < golden.Bytes.Length; length++)
            {
                var error = Xunit.Record.Exception(() => golden.Read(golden.Bytes.AsMemory(0, length), out _));
                Assert.Contains("at byte ", Assert.IsType<WireException>(error).Message, StringComparison.Ordinal);
            }
    }

    [Fact]
    public void Flipped_bytes_are_read_or_refused_never_more()
    {
        const int flips = 40;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        foreach (var golden in Messages)
            for (var i = 0; i < flips; i++)
            {
                var bytes = golden.Bytes.ToArray();
                if (bytes.Length == 0) break;
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                var error = Xunit.Record.Exception(() => golden.Read(bytes, out _));
                Assert.True(error is null or WireException, $"seed {seed}, {golden}: {error}");
            }
    }

    [Fact]
    public void Lengths_of_two_gigabytes_are_refused_before_memory_is_taken()
    {
        byte[][] hostile =
        [
            [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFE], [0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0x80, 0x80, 0x80, 0x80, 0x80],
        ];
        foreach (var bytes in hostile)
            foreach (var flexible in new[] { true, false })
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Throws<WireException>(() =>
                {
                    using var codec = Codec.Reader(bytes, 0, flexible);
                    List<int> values = [];
                    codec.Int32s(ref values);
                });
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            }
    }

    [Fact]
    public void A_message_of_more_elements_than_the_limit_is_refused()
    {
        using var writer = Codec.Writer(0, flexible: true);
        writer.WriteUnsigned((uint)Codec.MaxElements + 2);
        var bytes = new byte[Codec.MaxElements * 2];
        writer.Written.CopyTo(bytes);
        using var reader = Codec.Reader(bytes, 0, flexible: true);
        List<string> values = [];
        var error = Assert.Throws<WireException>(() => reader.Strings(ref values));
        Assert.Contains("array elements", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_that_nobody_knows_is_passed_over()
    {
        var section = new byte[] { 2, 9, 3, 7, 7, 7, 11, 0 };
        using var tags = Codec.Reader(section, 0, flexible: true);
        tags.NoTags();
        Assert.Equal(0, tags.Remaining);
    }
}
