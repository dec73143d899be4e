using System.Globalization;

namespace KafkaFlow.TestRunner;

/// <summary>Arguments of <c>./test [fast|ci|long] [--filter TEXT] [--seed N]</c>.</summary>
internal sealed record Options(string Tier, string? Filter, int Seed)
{
    public static readonly string[] Tiers = ["fast", "ci", "long"];

    /// <returns>The options, or null with what is wrong.</returns>
    public static Options? TryParse(string[] arguments, out string problem)
    {
        var options = new Options("fast", null, Random.Shared.Next(1, int.MaxValue));
        problem = "";
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            if (Tiers.Contains(argument)) options = options with { Tier = argument };
            else if (argument == "--filter" && value is not null) (options, i) = (options with { Filter = value }, i + 1);
            else if (argument == "--seed" && int.TryParse(value, CultureInfo.InvariantCulture, out var seed))
                (options, i) = (options with { Seed = seed }, i + 1);
            else
            {
                problem = $"'{argument}' is not understood; expected [fast|ci|long] [--filter TEXT] [--seed N]";
                return null;
            }
        }
        return options;
    }

    /// <summary>Filter arguments of an xunit program. A test without the trait <c>tier</c> is fast.</summary>
    /// <param name="needsKafka">Only tests that need a broker.</param>
    public IEnumerable<string> RunnerArguments(bool needsKafka)
    {
        string[] tier = Tier switch
        {
            "fast" => ["-trait-", "tier=ci", "-trait-", "tier=long"],
            "ci" => ["-trait-", "tier=long"],
            // Wanted traits are alternatives, so the long ones among those that need a broker are what is left of them.
            _ => needsKafka ? ["-trait-", "tier=fast", "-trait-", "tier=ci"] : ["-trait", "tier=long"],
        };
        if (needsKafka) tier = [.. tier, "-trait", "needs=kafka"];
        return Filter is null ? tier : [.. tier, "-method", $"*{Filter}*"];
    }
}
