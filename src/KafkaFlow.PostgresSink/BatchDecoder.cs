using KafkaFlow.Contracts;
using KafkaFlow.Serdes;

namespace KafkaFlow.PostgresSink;

/// <summary>Makes rows of accepted facts. What cannot be read becomes a rejected record with the reason.</summary>
internal static class BatchDecoder
{
    /// <exception cref="SchemaUnavailableException">A schema is needed that cannot be had now: try again.</exception>
    public static SinkBatch Decode(IReadOnlyList<PartitionFeed> feeds, IRecordSerdes serdes)
    {
        var rows = new List<EventRow>();
        var rejected = new List<RejectedRecord>();
        foreach (var feed in feeds)
        {
            rejected.AddRange(feed.Foreign);
            foreach (var (fact, timestampMs) in feed.Accepted)
            {
                var place = feed.PlaceOf(fact.Offset);
                var (record, error) = serdes.DecodeEvent(fact.Value);
                if (record is null) rejected.Add(new(place, ReasonOf(error), fact.Value));
                else rows.Add(new(place, fact.Value, timestampMs, record));
            }
        }
        return new([.. feeds.Select(f => f.Move!)], rows, rejected);
    }

    private static string ReasonOf(RecordError? error) =>
        error is null ? DlqCodes.Undecodable : $"{error.Code}: {error.Message}";
}
