namespace KafkaFlow.Wire.Messages;

/// <summary>
/// EndTxn (26), versions 0-3, flexible from 3. Kept: Markers are written before the answer; repetition of the same
/// outcome succeeds. Skipped: Transactions version 2 (KIP-890).
/// </summary>
public sealed class EndTxnRequest : IWire
{
    public string TransactionalId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public bool Committed;

    public void Code(Codec c)
    {
        c.String(ref TransactionalId);
        c.Int64(ref ProducerId);
        c.Int16(ref ProducerEpoch);
        c.Bool(ref Committed);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="EndTxnRequest"/>.</summary>
public sealed class EndTxnResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NoTags();
    }
}
