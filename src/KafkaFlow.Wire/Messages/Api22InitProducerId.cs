namespace KafkaFlow.Wire.Messages;

/// <summary>
/// InitProducerId (22), versions 0-4, flexible from 2. Kept: Idempotent and transactional producers, fencing by
/// epoch, recovery with the old id. Skipped: Answers only after an open transaction of the id has been aborted, never
/// with error 51.
/// </summary>
public sealed class InitProducerIdRequest : IWire
{
    public string? TransactionalId;
    public int TransactionTimeoutMs;
    public long ProducerId = -1;
    public short ProducerEpoch = -1;

    public void Code(Codec c)
    {
        c.NullableString(ref TransactionalId);
        c.Int32(ref TransactionTimeoutMs);
        if (c.Version >= 3) c.Int64(ref ProducerId);
        if (c.Version >= 3) c.Int16(ref ProducerEpoch);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="InitProducerIdRequest"/>.</summary>
public sealed class InitProducerIdResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public long ProducerId = -1;
    public short ProducerEpoch;

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.Int64(ref ProducerId);
        c.Int16(ref ProducerEpoch);
        c.NoTags();
    }
}
