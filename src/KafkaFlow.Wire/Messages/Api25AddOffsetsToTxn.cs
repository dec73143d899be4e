namespace KafkaFlow.Wire.Messages;

/// <summary>
/// AddOffsetsToTxn (25), versions 0-3, flexible from 3. Kept: Adds the group's offsets partition.
/// </summary>
public sealed class AddOffsetsToTxnRequest : IWire
{
    public string TransactionalId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public string GroupId = "";

    public void Code(Codec c)
    {
        c.String(ref TransactionalId);
        c.Int64(ref ProducerId);
        c.Int16(ref ProducerEpoch);
        c.String(ref GroupId);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="AddOffsetsToTxnRequest"/>.</summary>
public sealed class AddOffsetsToTxnResponse : IWire
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
