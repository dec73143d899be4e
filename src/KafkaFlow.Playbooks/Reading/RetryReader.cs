using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>Reads what makes a task run more than once: <c>retry</c> and <c>while</c>.</summary>
internal sealed class RetryReader(ExpressionReader expressions, DiagnosticList problems)
{
    private const string RetryForm = "true, a number of attempts, or a map with max_attempts and delays";

    /// <returns>The policy; null for <c>false</c>, and for what is wrong, which is reported.</returns>
    public RetryPolicy? Read(YamlNode node, MentionSet mentions)
    {
        switch (node)
        {
            case YamlScalar { Type: ScalarType.True }: return new();
            case YamlScalar { Type: ScalarType.False }: return null;
            case YamlScalar { Type: ScalarType.Integer }:
                return Attempts(node, "retry") is { } attempts ? new() { MaxAttempts = attempts } : null;
            case YamlMap map: return Policy(MapFields.Of(map, Dialect.Retry, problems), mentions);
            default:
                problems.WrongType(node, "retry", RetryForm, "retry: 3 makes three attempts at most");
                return null;
        }
    }

    /// <returns>The loop, or null with a diagnostic.</returns>
    public WhileLoop? While(YamlNode node, MentionSet mentions)
    {
        if (node is not YamlMap map)
        {
            problems.WrongType(node, "while", "a map with condition, max_iterations, break_when, timeout, delay",
                "while: {condition: \"{{ result.more }}\"}");
            return null;
        }
        var fields = MapFields.Of(map, Dialect.While, problems);
        var condition = fields.Require("condition", "condition: \"{{ result.more }}\" goes on while it is true");
        var defaults = new WhileLoop { Condition = null! };
        var loop = defaults with
        {
            BreakWhen = fields["break_when"] is { } until ? expressions.Condition(until, mentions) : null,
            MaxIterations = (fields["max_iterations"] is { } most ? ScalarReading.Count(most,
                "while.max_iterations", 1, PlaybookLimits.MaxIterations, problems) : null) ?? defaults.MaxIterations,
            TimeoutMs = Duration(fields, "while", "timeout", least: 1),
            DelayMs = Duration(fields, "while", "delay", least: 0) ?? 0,
        };
        var compiled = condition is null ? null : expressions.Condition(condition, mentions);
        return compiled is null ? null : loop with { Condition = compiled };
    }

    private RetryPolicy Policy(MapFields fields, MentionSet mentions)
    {
        var defaults = new RetryPolicy();
        var attempts = fields["max_attempts"] is { } most ? Attempts(most, "retry.max_attempts") : null;
        var factor = fields["backoff_multiplier"] is { } multiplier
            ? ScalarReading.Number(multiplier, "retry.backoff_multiplier", 1, PlaybookLimits.MaxBackoffMultiplier,
                problems)
            : null;
        var jitter = fields["jitter"] is { } flag ? ScalarReading.Flag(flag, "retry.jitter", problems) : null;
        return new()
        {
            MaxAttempts = attempts ?? defaults.MaxAttempts,
            InitialDelayMs = Duration(fields, "retry", "initial_delay", least: 0) ?? defaults.InitialDelayMs,
            BackoffMultiplier = factor ?? defaults.BackoffMultiplier,
            MaxDelayMs = Duration(fields, "retry", "max_delay", least: 0) ?? defaults.MaxDelayMs,
            Jitter = jitter ?? defaults.Jitter,
            RetryWhen = fields["retry_when"] is { } again ? expressions.RetryCondition(again, mentions) : null,
            StopWhen = fields["stop_when"] is { } stop ? expressions.RetryCondition(stop, mentions) : null,
            NonRetryable = fields["non_retryable"] is { } codes ? Codes(codes) : [],
        };
    }

    private int? Attempts(YamlNode node, string what) =>
        ScalarReading.Count(node, what, 1, PlaybookLimits.MaxAttempts, problems);

    private long? Duration(MapFields fields, string place, string key, long least) =>
        fields[key] is { } node ? ScalarReading.Duration(node, $"{place}.{key}", problems, least) : null;

    private List<string> Codes(YamlNode node)
    {
        var codes = new List<string>();
        if (node is not YamlList list)
        {
            problems.WrongType(node, "retry.non_retryable", "a list of error codes", "non_retryable: [bad_input]");
            return codes;
        }
        if (list.Items.Count > PlaybookLimits.MaxErrorCodes)
            problems.Error(list.At, DiagnosticCodes.TooLarge, "non_retryable has too many codes",
                $"{list.Items.Count}", $"at most {PlaybookLimits.MaxErrorCodes}");
        foreach (var item in list.Items)
            if (ScalarReading.Text(item, "an error code", problems) is { } code && !codes.Contains(code))
                codes.Add(code);
        return codes;
    }
}
