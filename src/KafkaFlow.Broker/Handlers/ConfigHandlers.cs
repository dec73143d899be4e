using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using Entry = KafkaFlow.Wire.Messages.DescribeConfigsResponse.DescribeConfigsResult.DescribeConfigsResourceResult;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Where the value of a setting comes from, by its number on the wire.</summary>
internal enum ConfigSource : sbyte
{
    Topic = 1,
    StaticBroker = 4,
    Default = 5,
}

/// <summary>Settings of topics and, to read, of the broker.</summary>
internal sealed class ConfigHandlers(BrokerCore core)
{
    private const sbyte TopicResource = 2;
    private const sbyte BrokerResource = 4;

    private enum Operation : sbyte
    {
        Set = 0,
        Delete = 1,
        Append = 2,
        Subtract = 3,
    }

    public static ConfigSource SourceOf(ConfigDefinition definition, TopicConfig config) =>
        config.Own.ContainsKey(definition.Name) ? ConfigSource.Topic
        : config.IsBrokerDefault(definition.Name) ? ConfigSource.StaticBroker
        : ConfigSource.Default;

    public IWire Describe(RequestContext c, DescribeConfigsRequest request)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var result = new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
            };
            var (error, message, entries) = Entries(resource.ResourceType, resource.ResourceName);
            result.ErrorCode = (short)error;
            result.ErrorMessage = message;
            foreach (var entry in entries)
            {
                if (resource.ConfigurationKeys is { } keys && !keys.Contains(entry.Name)) continue;
                if (!request.IncludeSynonyms) entry.Synonyms = [];
                if (!request.IncludeDocumentation) entry.Documentation = null;
                result.Configs.Add(entry);
            }
            response.Results.Add(result);
        }
        return response;
    }

    public IWire Alter(AlterConfigsRequest request)
    {
        var response = new AlterConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var config = new Dictionary<string, string>();
            var (error, message) = Check(resource.ResourceType, resource.ResourceName);
            foreach (var setting in resource.Configs)
            {
                if (error != ErrorCode.None) break;
                if (TopicConfig.ProblemOf(setting.Name, setting.Value) is { } problem)
                    (error, message) = (ErrorCode.InvalidConfig, problem);
                else config[setting.Name] = setting.Value!;
            }
            if (error == ErrorCode.None && !request.ValidateOnly) core.Catalog.Configure(resource.ResourceName, config);
            response.Responses.Add(new()
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                ErrorCode = (short)error,
                ErrorMessage = message,
            });
        }
        return response;
    }

    public IWire AlterIncrementally(IncrementalAlterConfigsRequest request)
    {
        var response = new IncrementalAlterConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var (error, message) = Check(resource.ResourceType, resource.ResourceName);
            if (error == ErrorCode.None &&
                resource.Configs.Select(s => s.Name).Distinct().Count() < resource.Configs.Count)
                (error, message) = (ErrorCode.InvalidRequest, "Error due to duplicate config keys");
            if (error == ErrorCode.None)
            {
                var topic = core.Catalog.Find(resource.ResourceName)!;
                var config = topic.Config.Own.ToDictionary();
                foreach (var setting in resource.Configs)
                {
                    if (error == ErrorCode.None)
                        (error, message) = Apply(
                            setting.Name, (Operation)setting.ConfigOperation, setting.Value, topic, config);
                }
                if (error == ErrorCode.None && !request.ValidateOnly) core.Catalog.Configure(topic.Name, config);
            }
            response.Responses.Add(new()
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                ErrorCode = (short)error,
                ErrorMessage = message,
            });
        }
        return response;
    }

    private static (ErrorCode Error, string? Message) Apply(
        string name, Operation operation, string? value, Topic topic, Dictionary<string, string> config)
    {
        if (ConfigDefinitions.Find(name) is not { } definition)
            return (ErrorCode.InvalidConfig, $"Unknown topic config name: {name}");
        if (operation == Operation.Delete)
        {
            config.Remove(name);
            return (ErrorCode.None, null);
        }
        if (value is null)
            return (ErrorCode.InvalidRequest, $"Null value not supported for : {name}");
        if (operation is Operation.Append or Operation.Subtract)
        {
            if (definition.Type != ConfigType.List)
                return (ErrorCode.InvalidConfig, $"Can't {operation} to key {name} because its type is not LIST.");
            var before = config.GetValueOrDefault(name) ?? topic.Config.DefaultOf(definition);
            var items = before.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var change = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            value = string.Join(',', operation == Operation.Append ? items.Union(change) : items.Except(change));
        }
        if (TopicConfig.ProblemOf(name, value) is { } problem) return (ErrorCode.InvalidConfig, problem);
        config[name] = value;
        return (ErrorCode.None, null);
    }

    private (ErrorCode Error, string? Message) Check(sbyte type, string name) => type switch
    {
        TopicResource => core.Catalog.Find(name) is null
            ? (ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.")
            : (ErrorCode.None, null),
        BrokerResource => (ErrorCode.InvalidRequest, "Settings of this broker cannot be altered while it runs."),
        _ => (ErrorCode.InvalidRequest, $"Unexpected resource type {type}."),
    };

    private (ErrorCode Error, string? Message, IEnumerable<Entry> Entries) Entries(sbyte type, string name)
    {
        if (type == TopicResource)
        {
            return core.Catalog.Find(name) is { } topic
                ? (ErrorCode.None, null, ConfigDefinitions.Topic.Select(d => OfTopic(d, topic.Config)))
                : (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.", []);
        }
        if (type != BrokerResource) return (ErrorCode.InvalidRequest, $"Unsupported resource type: {type}", []);
        if (name.Length > 0 && name != $"{BrokerCore.NodeId}")
            return (ErrorCode.InvalidRequest,
                $"Unexpected broker id, expected {BrokerCore.NodeId}, but received {name}", []);
        var defaults = new TopicConfig(new Dictionary<string, string>(), core.Options.TopicDefaults);
        return (ErrorCode.None, null, ConfigDefinitions.Broker(core.Options)
            .Select(d => OfBroker(d.Name, d, d.Default, ConfigSource.StaticBroker))
            .Concat(ConfigDefinitions.Topic.Where(d => d.BrokerName is not null)
                .Select(d => OfBroker(d.BrokerName!, d, defaults.DefaultOf(d), SourceOf(d, defaults)))));
    }

    private static Entry OfTopic(ConfigDefinition definition, TopicConfig config)
    {
        var entry = new Entry
        {
            Name = definition.Name,
            Value = config.Value(definition.Name),
            ConfigSource = (sbyte)SourceOf(definition, config),
            ConfigType = (sbyte)definition.Type,
            Documentation = definition.About,
        };
        if (config.Own.TryGetValue(definition.Name, out var own))
            entry.Synonyms.Add(new() { Name = definition.Name, Value = own, Source = (sbyte)ConfigSource.Topic });
        if (definition.BrokerName is { } broker)
        {
            var source = config.IsBrokerDefault(definition.Name) ? ConfigSource.StaticBroker : ConfigSource.Default;
            entry.Synonyms.Add(new() { Name = broker, Value = config.DefaultOf(definition), Source = (sbyte)source });
        }
        return entry;
    }

    private static Entry OfBroker(string name, ConfigDefinition definition, string value, ConfigSource source) => new()
    {
        Name = name,
        Value = value,
        ReadOnly = true,
        ConfigSource = (sbyte)source,
        ConfigType = (sbyte)definition.Type,
        Documentation = definition.About,
        Synonyms = [new() { Name = name, Value = value, Source = (sbyte)source }],
    };
}
