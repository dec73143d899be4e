using System.Buffers.Binary;

namespace KafkaFlow.Wire;

/// <summary>What the header of a batch says besides lengths and checksum.</summary>
public record struct BatchFields()
{
    public long BaseOffset { get; set; }
    public int LeaderEpoch { get; set; }
    public short Attributes { get; set; }
    public int LastOffsetDelta { get; set; }
    public long BaseTimestamp { get; set; }
    public long MaxTimestamp { get; set; }
    public long ProducerId { get; set; } = -1;
    public short ProducerEpoch { get; set; } = -1;
    public int BaseSequence { get; set; } = -1;
    public int Count { get; set; }

    public static BatchFields Of(RecordBatch batch) => new()
    {
        BaseOffset = batch.BaseOffset,
        LeaderEpoch = batch.LeaderEpoch,
        Attributes = batch.Attributes,
        LastOffsetDelta = batch.LastOffsetDelta,
        BaseTimestamp = batch.BaseTimestamp,
        MaxTimestamp = batch.MaxTimestamp,
        ProducerId = batch.ProducerId,
        ProducerEpoch = batch.ProducerEpoch,
        BaseSequence = batch.BaseSequence,
        Count = batch.Count,
    };
}

/// <summary>Builds one uncompressed batch. <see cref="Fields"/> may be set until <see cref="Build"/>.</summary>
public sealed class RecordBatchBuilder
{
    private const short TransactionalBit = 16;
    private const short ControlBit = 32;
    private byte[] _buffer = new byte[256];
    private int _end = RecordBatch.HeaderLength;

    public BatchFields Fields = new();

    public int Count => Fields.Count;

    public int Length => _end;

    /// <summary>Appends a record at the next offset.</summary>
    /// <param name="key">null for none.</param>
    /// <param name="value">null for a tombstone.</param>
    public RecordBatchBuilder Add(long timestampMs, byte[]? key, byte[]? value)
    {
        if (Fields.Count == 0) Fields.BaseTimestamp = Fields.MaxTimestamp = timestampMs;
        var delta = Fields.Count == 0 ? 0 : Fields.LastOffsetDelta + 1;
        Write(timestampMs - Fields.BaseTimestamp, delta, key is not null, key, value is not null, value, [0]);
        Fields.MaxTimestamp = Math.Max(Fields.MaxTimestamp, timestampMs);
        Fields.LastOffsetDelta = delta;
        Fields.Count++;
        return this;
    }

    /// <summary>Appends a record of another batch as it is: offset and time stay relative to the same base.</summary>
    public void AddRaw(ReadOnlySpan<byte> raw)
    {
        raw.CopyTo(Room(raw.Length));
        Fields.Count++;
    }

    /// <summary>Appends a record of another batch at another distance from the base time.</summary>
    public void Add(in Record record, long timestampDelta)
    {
        Write(timestampDelta, record.OffsetDelta, record.HasKey, record.Key, record.HasValue, record.Value,
            record.Headers);
        Fields.Count++;
    }

    public byte[] Build()
    {
        var batch = new RecordBatch(_buffer);
        batch.WriteHeader(Fields, _end - RecordBatch.HeaderLength);
        return _buffer[.._end];
    }

    /// <summary>The batch that ends a transaction in a partition: one record, key (version 0, outcome), value (version
    /// 0,
    /// coordinator epoch).</summary>
    public static byte[] Marker(long producerId, short epoch, bool commits, int coordinatorEpoch, long timestampMs)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(2), commits ? (short)1 : (short)0);
        var value = new byte[6];
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), coordinatorEpoch);
        var builder = new RecordBatchBuilder().Add(timestampMs, key, value);
        builder.Fields.Attributes = TransactionalBit | ControlBit;
        builder.Fields.ProducerId = producerId;
        builder.Fields.ProducerEpoch = epoch;
        return builder.Build();
    }

    /// <summary>Makes the batch one of a producer.</summary>
    public RecordBatchBuilder From(long producerId, short epoch, int sequence, bool transactional)
    {
        Fields.ProducerId = producerId;
        Fields.ProducerEpoch = epoch;
        Fields.BaseSequence = sequence;
        if (transactional) Fields.Attributes |= TransactionalBit;
        return this;
    }

    private void Write(
        long timestampDelta, int offsetDelta, bool hasKey, ReadOnlySpan<byte> key, bool hasValue,
            ReadOnlySpan<byte> value,
        ReadOnlySpan<byte> headers)
    {
        var length = 1 + Varint.SizeOfSigned(timestampDelta) + Varint.SizeOfSigned(offsetDelta) +
            SizeOf(hasKey, key) + SizeOf(hasValue, value) + headers.Length;
        var room = Room(Varint.SizeOfSigned(length) + length);
        room = room[Varint.WriteSigned(room, length)..];
        room[0] = 0;
        room = room[1..];
        room = room[Varint.WriteSigned(room, timestampDelta)..];
        room = room[Varint.WriteSigned(room, offsetDelta)..];
        room = Put(room, hasKey, key);
        room = Put(room, hasValue, value);
        headers.CopyTo(room);
    }

    private static int SizeOf(bool present, ReadOnlySpan<byte> bytes) =>
        present ? Varint.SizeOfSigned(bytes.Length) + bytes.Length : 1;

    private static Span<byte> Put(Span<byte> room, bool present, ReadOnlySpan<byte> bytes)
    {
        room = room[Varint.WriteSigned(room, present ? bytes.Length : -1)..];
        if (!present) return room;
        bytes.CopyTo(room);
        return room[bytes.Length..];
    }

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - _end < count) System.Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _end + count));
        _end += count;
        return _buffer.AsSpan(_end - count, count);
    }
}
