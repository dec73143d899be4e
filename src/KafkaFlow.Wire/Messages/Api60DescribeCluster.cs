namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeCluster (60), versions 0-1, flexible from 0. Kept: The one node.
/// </summary>
public sealed class DescribeClusterRequest : IWire
{
    public bool IncludeClusterAuthorizedOperations;
    public sbyte EndpointType = 1;

    public void Code(Codec c)
    {
        c.Bool(ref IncludeClusterAuthorizedOperations);
        if (c.Version >= 1) c.Int8(ref EndpointType);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="DescribeClusterRequest"/>.</summary>
public sealed class DescribeClusterResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ErrorMessage;
    public sbyte EndpointType = 1;
    public string ClusterId = "";
    public int ControllerId = -1;
    public List<DescribeClusterBroker> Brokers = [];
    public int ClusterAuthorizedOperations = -2147483648;

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NullableString(ref ErrorMessage);
        if (c.Version >= 1) c.Int8(ref EndpointType);
        c.String(ref ClusterId);
        c.Int32(ref ControllerId);
        c.Array(ref Brokers);
        c.Int32(ref ClusterAuthorizedOperations);
        c.NoTags();
    }

    public sealed class DescribeClusterBroker : IWire
    {
        public int BrokerId;
        public string Host = "";
        public int Port;
        public string? Rack;

        public void Code(Codec c)
        {
            c.Int32(ref BrokerId);
            c.String(ref Host);
            c.Int32(ref Port);
            c.NullableString(ref Rack);
            c.NoTags();
        }
    }
}
