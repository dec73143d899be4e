using System.Text;

namespace KafkaFlow.Wire.Tests;

[Trait("tier", "fast")]
public sealed class RecordBatchTests
{
    [Fact]
    public void A_batch_is_read_back_as_it_was_built()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var builder = new RecordBatchBuilder();
            var records = new List<(long Time, byte[]? Key, byte[]? Value)>();
            for (var i = random.Next(1, 30); i > 0; i--)
            {
                var record = (random.NextInt64(0, 1L << 45), Bytes(random), Bytes(random));
                records.Add(record);
                builder.Add(record.Item1, record.Item2, record.Item3);
            }
            var batch = new RecordBatch(builder.From(7, 3, 11, transactional: true).Build());
            Assert.True(batch.ChecksumHolds && batch.IsTransactional && !batch.IsControl, $"seed {seed}");
            Assert.Equal((7L, (short)3, 11, records.Count), (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, batch.Count));
            Assert.Equal(records.Max(r => r.Time), batch.MaxTimestamp);
            var reader = new RecordReader(batch.Records);
            for (var i = 0; reader.Next(); i++)
            {
                var record = reader.Current;
                Assert.Equal(i, record.OffsetDelta);
                Assert.Equal(records[i].Time, batch.BaseTimestamp + record.TimestampDelta);
                Assert.Equal(records[i].Key, record.HasKey ? record.Key.ToArray() : null);
                Assert.Equal(records[i].Value, record.HasValue ? record.Value.ToArray() : null);
            }
            Assert.False(reader.IsMalformed);
        }
    }

    [Fact]
    public void The_checksum_is_Castagnoli_and_does_not_cover_what_the_broker_assigns()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")));
        var batch = new RecordBatch(new RecordBatchBuilder().Add(5, null, [1]).Build()) { BaseOffset = 99, LeaderEpoch = 4 };
        Assert.True(batch.ChecksumHolds);
        batch.SetAppendTime(77);
        Assert.True(batch.ChecksumHolds && batch.IsAppendTime && batch.MaxTimestamp == 77);
        batch.Bytes[30] ^= 1;
        Assert.False(batch.ChecksumHolds);
    }

    [Fact]
    public void Flipped_bytes_in_records_end_the_walk_without_an_exception()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var whole = new RecordBatch(new RecordBatchBuilder().Add(1, [1, 2], [3]).Add(2, null, [4, 5]).Add(9, [6], null).Build())
            .Records.ToArray();
        var malformed = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var reader = new RecordReader(bytes);
            while (reader.Next()) Assert.InRange(reader.Current.Raw.Length, 1, bytes.Length);
            if (reader.IsMalformed) malformed++;
        }
        Assert.True(malformed > 1_000, $"seed {seed}: only {malformed}");
    }

    [Fact]
    public void A_sequence_wraps_after_the_largest_integer()
    {
        Assert.Equal(0, RecordBatch.AddSequence(int.MaxValue, 1));
        Assert.Equal(4, RecordBatch.AddSequence(int.MaxValue - 5, 10));
    }

    private static byte[]? Bytes(Random random)
    {
        if (random.Next(5) == 0) return null;
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }
}
