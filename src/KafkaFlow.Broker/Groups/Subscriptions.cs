using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>The topics in the metadata of members of consumer groups.</summary>
internal static class Subscriptions
{
    /// <returns>null if one of them is not in the consumers' format.</returns>
    public static IReadOnlySet<string>? TopicsOf(IEnumerable<byte[]> metadata)
    {
        var topics = new HashSet<string>();
        foreach (var bytes in metadata)
        {
            try
            {
                var c = Codec.Reader(bytes);
                short version = 0;
                List<string> some = [];
                c.Int16(ref version);
                c.Strings(ref some);
                topics.UnionWith(some);
            }
            catch (WireException)
            {
                return null;
            }
        }
        return topics;
    }
}
