using System.Globalization;

namespace KafkaFlow.Testing;

/// <summary>The seed of a random test: <c>KAFKAFLOW_TEST_SEED</c>, else drawn.</summary>
public static class TestSeed
{
    /// <summary>One for the whole program. Who asks prints it.</summary>
    public static int Value { get; } = Next();

    /// <summary>Who asks prints it.</summary>
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next(1, int.MaxValue);

    /// <summary>Prints it to the test's output.</summary>
    public static int Next(ITestOutputHelper output)
    {
        var seed = Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
