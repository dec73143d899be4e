using System.Globalization;
using System.Text;

namespace KafkaFlow.Streams.Tests;

/// <summary>What must hold of the topics once all input is processed and everything has come to rest.</summary>
internal static class LogCheck
{
    /// <summary>Each number counted exactly once, in order, as one whole decision, with its outputs.</summary>
    /// <returns>A line about what was there.</returns>
    public static string EachInputCountedOnce(StreamTopics topics, bool checkOutputs = true)
    {
        var input = Numbers(topics);
        var accepted = topics.Accepted(out var voidFacts);
        var decisions = 0;
        for (var p = 0; p < topics.Partitions; p++)
        {
            var causes = accepted[p].ConvertAll(d => d[0].Cause);
            Assert.Equal(input[p].Select(i => i.Offset), causes);
            var sums = new Dictionary<string, (long Seq, long Sum)>();
            foreach (var (decision, number) in accepted[p].Zip(input[p]))
            {
                Assert.All(decision, f => Assert.Equal((number.Key, number.Offset), (f.Key, f.Cause)));
                Assert.Equal(number.Amount, decision[0].Amount);
                foreach (var fact in decision)
                {
                    var (seq, sum) = sums.GetValueOrDefault(fact.Key);
                    Assert.Equal((seq + 1, sum + fact.Amount), (fact.Seq, fact.Sum));
                    sums[fact.Key] = (fact.Seq, fact.Sum);
                }
            }
            decisions += causes.Count;
        }
        var outputs = checkOutputs ? EachFactHasItsOutput(topics, accepted) : 0;
        return $"{decisions} decisions, {voidFacts} void facts, {outputs} outputs";
    }

    private static List<(long Offset, string Key, long Amount)>[] Numbers(StreamTopics topics)
    {
        var numbers = Enumerable.Range(0, topics.Partitions).Select(_ => new List<(long, string, long)>()).ToArray();
        topics.Read(topics.Input, r =>
        {
            if (long.TryParse(Encoding.UTF8.GetString(r.Message.Value!), CultureInfo.InvariantCulture, out var amount))
                numbers[r.Partition.Value].Add((r.Offset.Value, Encoding.UTF8.GetString(r.Message.Key!), amount));
        }, readCommitted: true);
        return numbers;
    }

    private static int EachFactHasItsOutput(StreamTopics topics, List<List<CountedFact>>[] accepted)
    {
        var outputs = new HashSet<CountedFact>();
        var count = 0;
        topics.Read(topics.Outputs, r =>
        {
            outputs.Add(CountedFact.Parse(r.Message.Value!));
            count++;
        });
        foreach (var fact in accepted.SelectMany(d => d).SelectMany(d => d)) Assert.Contains(fact, outputs);
        return count;
    }
}
