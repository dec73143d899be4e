using System.Buffers.Binary;

namespace KafkaFlow.Wire;

/// <summary>Compression of the records of a batch, bits 0-2 of its attributes.</summary>
public enum Compression
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>
/// Views the header of a record batch of format 2 in place. Base offset and leader epoch lie outside the checksum, so
/// that a broker assigns them without computing it anew. The span holds at least the header.
/// </summary>
public readonly ref struct RecordBatch(Span<byte> bytes)
{
    public const int HeaderLength = 61;

    /// <summary>Bytes of base offset and length, which the length does not count.</summary>
    public const int LengthPrefix = 12;

    public const byte Magic = 2;
    public const int MagicAt = 16;

    private const int ChecksumFrom = 21;
    private const short CompressionMask = 7;
    private const short AppendTimeBit = 8;
    private const short TransactionalBit = 16;
    private const short ControlBit = 32;
    private const short DeleteHorizonBit = 64;
    private readonly Span<byte> _bytes = bytes;

    public Span<byte> Bytes => _bytes;

    public long BaseOffset
    {
        get => BinaryPrimitives.ReadInt64BigEndian(_bytes);
        set => BinaryPrimitives.WriteInt64BigEndian(_bytes, value);
    }

    /// <summary>Bytes of the whole batch.</summary>
    public int TotalLength => LengthPrefix + BinaryPrimitives.ReadInt32BigEndian(_bytes[8..]);

    public int LeaderEpoch
    {
        get => BinaryPrimitives.ReadInt32BigEndian(_bytes[12..]);
        set => BinaryPrimitives.WriteInt32BigEndian(_bytes[12..], value);
    }

    public byte MagicValue => _bytes[MagicAt];

    public uint Checksum => BinaryPrimitives.ReadUInt32BigEndian(_bytes[17..]);

    public short Attributes
    {
        get => BinaryPrimitives.ReadInt16BigEndian(_bytes[21..]);
        set => BinaryPrimitives.WriteInt16BigEndian(_bytes[21..], value);
    }

    public int CompressionValue => Attributes & CompressionMask;

    public bool IsAppendTime => (Attributes & AppendTimeBit) != 0;

    public bool IsTransactional => (Attributes & TransactionalBit) != 0;

    public bool IsControl => (Attributes & ControlBit) != 0;

    /// <summary>The base timestamp then is the time from which on compaction may drop the batch's tombstones.</summary>
    public bool HasDeleteHorizon => (Attributes & DeleteHorizonBit) != 0;

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_bytes[23..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[27..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[35..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_bytes[43..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_bytes[51..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(_bytes[53..]);

    public int Count => BinaryPrimitives.ReadInt32BigEndian(_bytes[57..]);

    /// <summary>Sequence of the last record; it wraps after 2^31-1.</summary>
    public int LastSequence => BaseSequence < 0 ? -1 : AddSequence(BaseSequence, LastOffsetDelta);

    /// <summary>The records, compressed as the attributes say. Needs the whole batch.</summary>
    public ReadOnlySpan<byte> Records => _bytes[HeaderLength..TotalLength];

    /// <summary>Needs the whole batch.</summary>
    public bool ChecksumHolds => Crc32C.Of(_bytes[ChecksumFrom..TotalLength]) == Checksum;

    public static int AddSequence(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    /// <summary>Gives the records back their own times. Needs the whole batch.</summary>
    public void ClearAppendTime()
    {
        Attributes &= ~AppendTimeBit;
        Seal();
    }

    /// <summary>Sets the time of all records to the broker's. Needs the whole batch.</summary>
    public void SetAppendTime(long nowMs)
    {
        Attributes |= AppendTimeBit;
        BinaryPrimitives.WriteInt64BigEndian(_bytes[35..], nowMs);
        Seal();
    }

    internal void WriteHeader(in BatchFields fields, int recordsLength)
    {
        BaseOffset = fields.BaseOffset;
        BinaryPrimitives.WriteInt32BigEndian(_bytes[8..], HeaderLength - LengthPrefix + recordsLength);
        LeaderEpoch = fields.LeaderEpoch;
        _bytes[MagicAt] = Magic;
        Attributes = fields.Attributes;
        BinaryPrimitives.WriteInt32BigEndian(_bytes[23..], fields.LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(_bytes[27..], fields.BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(_bytes[35..], fields.MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(_bytes[43..], fields.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(_bytes[51..], fields.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(_bytes[53..], fields.BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(_bytes[57..], fields.Count);
        Seal();
    }

    private void Seal() =>
        BinaryPrimitives.WriteUInt32BigEndian(_bytes[17..], Crc32C.Of(_bytes[ChecksumFrom..TotalLength]));
}
