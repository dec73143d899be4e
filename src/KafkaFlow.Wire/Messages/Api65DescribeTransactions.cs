namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeTransactions (65), version 0, flexible from 0. Kept: State, partitions and start of a transaction.
/// </summary>
public sealed class DescribeTransactionsRequest : IWire
{
    public List<string> TransactionalIds = [];

    public void Code(Codec c)
    {
        c.Strings(ref TransactionalIds);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="DescribeTransactionsRequest"/>.</summary>
public sealed class DescribeTransactionsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<TransactionState> TransactionStates = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref TransactionStates);
        c.NoTags();
    }

    public sealed class TransactionState : IWire
    {
        public short ErrorCode;
        public string TransactionalId = "";
        public string TransactionStateValue = "";
        public int TransactionTimeoutMs;
        public long TransactionStartTimeMs;
        public long ProducerId;
        public short ProducerEpoch;
        public List<TopicData> Topics = [];

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.String(ref TransactionalId);
            c.String(ref TransactionStateValue);
            c.Int32(ref TransactionTimeoutMs);
            c.Int64(ref TransactionStartTimeMs);
            c.Int64(ref ProducerId);
            c.Int16(ref ProducerEpoch);
            c.Array(ref Topics);
            c.NoTags();
        }

        public sealed class TopicData : IWire
        {
            public string Topic = "";
            public List<int> Partitions = [];

            public void Code(Codec c)
            {
                c.String(ref Topic);
                c.Int32s(ref Partitions);
                c.NoTags();
            }
        }
    }
}
