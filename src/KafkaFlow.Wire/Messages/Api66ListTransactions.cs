namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ListTransactions (66), versions 0-1, flexible from 0. Kept: Filters by state, producer and duration.
/// </summary>
public sealed class ListTransactionsRequest : IWire
{
    public List<string> StateFilters = [];
    public List<long> ProducerIdFilters = [];
    public long DurationFilter = -1;

    public void Code(Codec c)
    {
        c.Strings(ref StateFilters);
        c.Int64s(ref ProducerIdFilters);
        if (c.Version >= 1) c.Int64(ref DurationFilter);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="ListTransactionsRequest"/>.</summary>
public sealed class ListTransactionsResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public List<string> UnknownStateFilters = [];
    public List<TransactionState> TransactionStates = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.Strings(ref UnknownStateFilters);
        c.Array(ref TransactionStates);
        c.NoTags();
    }

    public sealed class TransactionState : IWire
    {
        public string TransactionalId = "";
        public long ProducerId;
        public string TransactionStateValue = "";

        public void Code(Codec c)
        {
            c.String(ref TransactionalId);
            c.Int64(ref ProducerId);
            c.String(ref TransactionStateValue);
            c.NoTags();
        }
    }
}
