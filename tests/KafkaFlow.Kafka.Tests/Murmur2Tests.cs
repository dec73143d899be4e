using System.Globalization;
using System.Text;
using KafkaFlow.Testing;

namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "fast")]
public sealed class Murmur2Tests
{
    private static readonly int[] Counts = [1, 3, 4, 12, 1000];

    [Fact]
    public void Hash_and_partition_are_those_of_Kafkas_own_library()
    {
        var file = Path.Combine(
            TestEnvironment.RepositoryRoot, "tests", "KafkaFlow.Kafka.Tests", "Data", "murmur2.tsv");
        var lines = File.ReadAllLines(file);
        Assert.True(lines.Length >= 200, $"{file} has {lines.Length} lines");
        foreach (var line in lines)
        {
            var fields = line.Split('\t');
            var key = Convert.FromHexString(fields[0]);
            Assert.Equal(int.Parse(fields[1], CultureInfo.InvariantCulture), Murmur2.Hash(key));
            for (var i = 0; i < Counts.Length; i++)
                Assert.Equal(int.Parse(fields[2 + i], CultureInfo.InvariantCulture), Murmur2.Partition(key, Counts[i]));
        }
    }

    [Fact]
    public void A_text_key_is_hashed_as_its_utf8_bytes()
    {
        string[] keys = ["", "order-17", "\u00fc\u00f1\U0001F600", new string('\u00e4', 4000)];
        foreach (var key in keys)
            Assert.Equal(Murmur2.Partition(Encoding.UTF8.GetBytes(key), 1000), Murmur2.Partition(key, 1000));
    }
}
